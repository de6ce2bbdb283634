/* object/members.h: references whose native members give way to descriptors of cslots. */
#ifndef CS_MEMBERS_H
#define CS_MEMBERS_H

#include "model/class.h"

int cs_needs_own_descriptor(const cs_class *cls, const cs_field *field);
int cs_reads_well(const cs_class *cls, const cs_field *field);
void cs_references_agree(cs_class *cls);
void cs_members_retire(cs_class *cls);
void cs_members_check(cs_class *cls);

#endif
