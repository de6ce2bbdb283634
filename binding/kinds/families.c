/* kinds/families.c: the table of families. */
#include "kinds/families.h"
#include "kinds/bool.h"
#include "kinds/category.h"
#include "kinds/choice.h"
#include "kinds/number.h"
#include "kinds/reference.h"
#include "kinds/text.h"
#include "kinds/times.h"
#include "kinds/uuid.h"

const cs_kind_ops *const cs_family_ops[CS_FAMILY_COUNT] = {
    [CS_FAMILY_REFERENCE] = &cs_reference_ops,
    [CS_FAMILY_BOOL] = &cs_bool_ops,
    [CS_FAMILY_INT] = &cs_int_ops,
    [CS_FAMILY_SIGNED] = &cs_integer_ops,
    [CS_FAMILY_UNSIGNED] = &cs_integer_ops,
    [CS_FAMILY_FLOAT] = &cs_float_ops,
    [CS_FAMILY_TEXT] = &cs_text_ops,
    [CS_FAMILY_CATEGORY] = &cs_category_ops,
    [CS_FAMILY_CHOICE] = &cs_choice_ops,
    [CS_FAMILY_FLAG] = &cs_flag_ops,
    [CS_FAMILY_TIME] = &cs_time_ops,
    [CS_FAMILY_RAW] = &cs_uuid_ops,
};
