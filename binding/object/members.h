/* object/members.h: references whose native members give way to descriptors of cslots. */
#ifndef CB_MEMBERS_H
#define CB_MEMBERS_H

#include "model/class.h"

int cb_needs_own_descriptor(const cb_class *cls, const cb_field *field);
int cb_reads_well(const cb_class *cls, const cb_field *field);
void cb_references_agree(cb_class *cls);
void cb_members_retire(cb_class *cls);
void cb_members_check(cb_class *cls);

#endif
