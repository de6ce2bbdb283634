/* class/multiple.h: classes with several bases that have fields. */
#ifndef CB_MULTIPLE_H
#define CB_MULTIPLE_H

#include "model/class.h"

typedef struct {
    PyTypeObject **types;
    Py_ssize_t *sizes, count;
    int collected, hidden;
} cb_sizes;

size_t cb_basic_size(const cb_state *state, const PyTypeObject *type);
cb_class *cb_layout_base(const cb_state *state, PyObject *bases);
int cb_has_parents(const cb_state *state, PyObject *bases);
int cb_sizes_hide(cb_state *state, PyTypeObject *meta, PyObject *bases, PyObject *namespace,
                  cb_sizes *sizes);
void cb_sizes_pause_collector(cb_sizes *sizes); /* until cb_sizes_restore */
void cb_sizes_restore(cb_sizes *sizes);
int cb_keep_places(cb_class *cls);
void cb_choose_tp_base(cb_class *cls);

#endif
