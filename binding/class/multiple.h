/* class/multiple.h: classes with several bases that have fields. */
#ifndef CS_MULTIPLE_H
#define CS_MULTIPLE_H

#include "model/class.h"

typedef struct {
    PyTypeObject **types;
    Py_ssize_t *sizes, count;
    int collected, hidden;
} cs_sizes;

size_t cs_basic_size(const cs_state *state, const PyTypeObject *type);
cs_class *cs_layout_base(const cs_state *state, PyObject *bases);
int cs_has_parents(const cs_state *state, PyObject *bases);
int cs_sizes_hide(cs_state *state, PyTypeObject *meta, PyObject *bases, PyObject *namespace,
                  cs_sizes *sizes);
void cs_sizes_pause_collector(cs_sizes *sizes); /* until cs_sizes_restore */
void cs_sizes_restore(cs_sizes *sizes);
int cs_keep_places(cs_class *cls);
void cs_choose_tp_base(cs_class *cls);

#endif
