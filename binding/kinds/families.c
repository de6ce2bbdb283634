/* kinds/families.c: the functions of each family, by the table of families. */
#include "kinds/families.h"
#include "kinds/bool.h"
#include "kinds/category.h"
#include "kinds/choice.h"
#include "kinds/number.h"
#include "kinds/reference.h"
#include "kinds/text.h"
#include "kinds/times.h"
#include "kinds/uuid.h"

const cb_kind_ops *const cb_family_ops[CS_FAMILY_COUNT] = {
#define FAMILY(id, name, form, functions) [CS_FAMILY_##id] = &cb_##functions##_ops,
#include "cslots/families.def"
#undef FAMILY
};
