/* kinds/times.c: date, datetime and timedelta as integers.
 *
 *   date       proleptic Gregorian ordinal, 1 = 0001-01-01               int32
 *   datetime   (microseconds since 0001-01-01) * 4 + fold * 2 + is_utc    int64
 *   timedelta  microseconds                                               int64
 *
 * A value that these cannot keep exactly is refused: another zone than UTC, a timedelta beyond
 * 2**63 microseconds, a subclass that knows more than its base (a time with nanoseconds). UTC is
 * read as timezone.utc, in whatever spelling it came.
 */
#include "kinds/times.h"
#include "model/errors.h"

#include <datetime.h>

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (INT64_C(86400) * US_PER_SECOND)
#define MAX_ORDINAL 3652059 /* 9999-12-31 */
#define DAYS_TO_1970 719162 /* from 0001-01-01 */
#define ORDINAL_1970 (DAYS_TO_1970 + 1)
#define MOMENT_1970 (DAYS_TO_1970 * US_PER_DAY)

/* datetime.h keeps its API in a static variable of each file; ours is in the module state. */
static inline PyDateTime_CAPI *api_of(cb_state *state) {
    return (PyDateTime_CAPI *)state->datetime_api;
}

static int import_datetime(cb_state *state) {
    if (state->datetime_api != NULL) { return 0; }
    /* the capsule lives in the C module of it */
    PyObject *module = PyImport_ImportModule("datetime");
    if (module == NULL) { return -1; }
    Py_DECREF(module);
    PyDateTime_CAPI *api = PyCapsule_Import(PyDateTime_CAPSULE_NAME, 0);
    if (api == NULL) { return -1; }
    state->tzutc = Py_NewRef(api->TimeZone_UTC);
    state->datetime_api = api;
    state->time_types[0] = api->DateType;
    state->time_types[CS_DATETIME - CS_DATE] = api->DateTimeType;
    state->time_types[CS_TIMEDELTA - CS_DATE] = api->DeltaType;
    return 0;
}

static int is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int days_before_month(int year, int month) {
    static const int before[13] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    return before[month] + (month > 2 && is_leap(year));
}

static int64_t ordinal_of(int year, int month, int day) {
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + days_before_month(year, month) + day;
}

static void date_of(int64_t ordinal, int *year, int *month, int *day) {
    int64_t n = ordinal - 1;
    int64_t n400 = n / 146097, n100, n4, n1;
    n %= 146097;
    n100 = n / 36524;
    n %= 36524;
    n4 = n / 1461;
    n %= 1461;
    n1 = n / 365;
    n %= 365;
    *year = (int)(n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1);
    if (n1 == 4 || n100 == 4) { /* the last day of a leap year */
        *year -= 1;
        *month = 12;
        *day = 31;
        return;
    }
    int m = (int)((n + 50) >> 5);
    if (m > 12 || days_before_month(*year, m) > n) { m--; }
    *month = m;
    *day = (int)n - days_before_month(*year, m) + 1;
}

static int is_time(cs_kind kind, int64_t packed) {
    switch (kind) {
    case CS_DATE: return packed >= 1 && packed <= MAX_ORDINAL;
    case CS_DATETIME: return packed >= 0 && packed >> 2 < MAX_ORDINAL * US_PER_DAY;
    default: return 1;
    }
}

PyObject *cb_times_unpack(cb_state *state, cs_kind kind, int64_t packed) {
    PyDateTime_CAPI *api = api_of(state);
    int year, month, day;
    if (kind == CS_DATE) {
        date_of(packed, &year, &month, &day);
        return api->Date_FromDate(year, month, day, api->DateType);
    }
    if (kind == CS_DATETIME) {
        int utc = packed & 1, fold = (packed >> 1) & 1;
        int64_t us = packed >> 2, in_day = us % US_PER_DAY, seconds = in_day / US_PER_SECOND;
        date_of(us / US_PER_DAY + 1, &year, &month, &day);
        return api->DateTime_FromDateAndTimeAndFold(
            year, month, day, (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60),
            (int)(in_day % US_PER_SECOND), utc ? state->tzutc : Py_None, fold, api->DateTimeType);
    }
    int64_t days = packed / US_PER_DAY, rest = packed % US_PER_DAY;
    if (rest < 0) {
        rest += US_PER_DAY;
        days--;
    }
    return api->Delta_FromDelta((int)days, (int)(rest / US_PER_SECOND), (int)(rest % US_PER_SECOND),
                                1, api->DeltaType);
}

/* A value of a subclass must be equal to the plain value that we keep. */
static int check_plain(cb_class *cls, const cb_field *field, PyObject *value,
                       PyTypeObject *plain_type, int64_t packed) {
    if (Py_IS_TYPE(value, plain_type)) { return 1; }
    PyObject *plain = cb_times_unpack(cls->state, (cs_kind)field->kind, packed);
    if (plain == NULL) { return -1; }
    int equal = PyObject_RichCompareBool(plain, value, Py_EQ);
    Py_DECREF(plain);
    if (equal == 0) {
        PyErr_Format(
            PyExc_ValueError,
            "%s.%U: %R cannot be kept exactly in microseconds; convert it to a plain %s first",
            cls->type->tp_name, field->name, value, cs_kinds[field->kind].name);
        return -1;
    }
    return equal;
}

/* Does the zone stand for UTC, whichever library made it? One with the same offset at all times
 * says so when it is asked without a moment (ZoneInfo, dateutil, pytz, pydantic). Others give None.
 * -1: error. */
static int is_utc(PyDateTime_CAPI *api, PyObject *zone) {
    PyObject *offset = PyObject_CallMethod(zone, "utcoffset", "O", Py_None);
    if (offset == NULL) { return -1; }
    int utc = PyObject_TypeCheck(offset, api->DeltaType) &&
              PyDateTime_DELTA_GET_DAYS(offset) == 0 && PyDateTime_DELTA_GET_SECONDS(offset) == 0 &&
              PyDateTime_DELTA_GET_MICROSECONDS(offset) == 0;
    Py_DECREF(offset);
    return utc;
}

/* 1 converted, 0 not of that type, -1 error set */
static int pack(cb_class *cls, const cb_field *field, PyObject *value, int64_t *out) {
    PyDateTime_CAPI *api = api_of(cls->state);
    if (field->kind == CS_DATE) {
        if (!PyObject_TypeCheck(value, api->DateType) ||
            PyObject_TypeCheck(value, api->DateTimeType)) {
            return 0;
        }
        *out = ordinal_of(PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value),
                          PyDateTime_GET_DAY(value));
        return check_plain(cls, field, value, api->DateType, *out);
    }
    if (field->kind == CS_DATETIME) {
        if (!PyObject_TypeCheck(value, api->DateTimeType)) { return 0; }
        PyObject *zone = PyDateTime_DATE_GET_TZINFO(value);
        int utc = Py_IsNone(zone) || zone == cls->state->tzutc ? 1 : is_utc(api, zone);
        if (utc < 0) { /* a zone that knows moments only */
            if (!PyErr_ExceptionMatches(PyExc_Exception)) { return -1; }
            PyErr_Clear();
        }
        if (utc <= 0) {
            PyErr_Format(PyExc_ValueError,
                         "%s.%U: datetime with zone %R cannot be kept; use "
                         ".astimezone(timezone.utc), or a naive datetime",
                         cls->type->tp_name, field->name, zone);
            return -1;
        }
        int64_t days = ordinal_of(PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value),
                                  PyDateTime_GET_DAY(value)) -
                       1;
        int64_t seconds = PyDateTime_DATE_GET_HOUR(value) * 3600 +
                          PyDateTime_DATE_GET_MINUTE(value) * 60 +
                          PyDateTime_DATE_GET_SECOND(value);
        int64_t us =
            days * US_PER_DAY + seconds * US_PER_SECOND + PyDateTime_DATE_GET_MICROSECOND(value);
        *out = us * 4 + (PyDateTime_DATE_GET_FOLD(value) ? 2 : 0) + (Py_IsNone(zone) ? 0 : 1);
        return check_plain(cls, field, value, api->DateTimeType, *out);
    }
    if (!PyObject_TypeCheck(value, api->DeltaType)) { return 0; }
    int64_t days = PyDateTime_DELTA_GET_DAYS(value);
    int64_t rest = PyDateTime_DELTA_GET_SECONDS(value) * US_PER_SECOND +
                   PyDateTime_DELTA_GET_MICROSECONDS(value);
    if (days < 0) { /* both parts of one sign, so that only a sum out of range overflows */
        days += 1;
        rest -= US_PER_DAY;
    }
    if (cs_multiply_overflows(days, US_PER_DAY, out) || cs_add_overflows(*out, rest, out)) {
        PyErr_Format(cb_range_error(cls->state),
                     "%s.%U: %R is out of range for timedelta (64 bits of microseconds, about "
                     "292,000 years)",
                     cls->type->tp_name, field->name, value);
        return -1;
    }
    return check_plain(cls, field, value, api->DeltaType, *out);
}

/* ---- in a column: counted from 1970 on ---- */

static int64_t unpack_for_column(cs_kind kind, int64_t packed) {
    switch (kind) {
    case CS_DATE: return packed - ORDINAL_1970;
    case CS_DATETIME: return (packed >> 2) - MOMENT_1970;
    default: return packed;
    }
}

int cb_times_pack(cs_kind kind, int64_t number, int utc, int64_t *packed) {
    if (kind == CS_TIMEDELTA) {
        *packed = number;
        /* timedelta itself ends at a billion days, which an int64 of microseconds does not reach;
         * INT64_MIN is NumPy's NaT */
        return number == INT64_MIN ? -1 : 0;
    }
    if (kind == CS_DATE) {
        *packed = number + ORDINAL_1970; /* number is an int32 */
    } else {
        if (number < -MOMENT_1970 || number > INT64_MAX / 8) { return -1; }
        *packed = (number + MOMENT_1970) * 4 + (utc ? 1 : 0);
    }
    return is_time(kind, *packed) ? 0 : -1;
}

/* ---- the functions of the family ---- */

static int init_time(cb_class *cls, cb_field *field, const cb_field *from, PyObject *argument) {
    (void)field;
    (void)from;
    (void)argument;
    return import_datetime(cls->state);
}

static int convert_time(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                        int *held) {
    if (!Py_IS_TYPE(value, cls->state->time_types[field->kind - CS_DATE])) {
        cb_class_hold_once(cls, held);
    }
    const int result = pack(cls, field, value, &out->i);
    return result > 0 ? 0 : result < 0 ? -1 : cb_error_type(cls, field, value);
}

static PyObject *box_time(cb_class *cls, const cb_field *field, const cb_value *value) {
    return cb_times_unpack(cls->state, (cs_kind)field->kind, value->i);
}

static int valid_time(cb_state *state, cs_kind kind, const cb_value *value) {
    if (!is_time(kind, value->i)) { return 0; }
    return import_datetime(state) < 0 ? -1 : 1; /* the pickle may come before the first field */
}

static int time_to_column(cb_class *cls, const cb_field *field, cb_value *value, int *utc) {
    const cs_kind kind = (cs_kind)field->kind;
    if (kind == CS_TIMEDELTA && value->i == INT64_MIN) {
        PyErr_Format(cb_range_error(cls->state),
                     "%s.%U: timedelta(microseconds=-2**63) is NaT in the column of a Pool; "
                     "annotate the field as object",
                     cls->type->tp_name, field->name);
        return -1;
    }
    if (kind == CS_DATETIME && value->i & 2) {
        PyErr_Format(PyExc_ValueError,
                     "%s.%U: a Pool does not keep the fold of a datetime; replace(fold=0) drops it",
                     cls->type->tp_name, field->name);
        return -1;
    }
    if (kind == CS_DATETIME) { *utc = (int)(value->i & 1); }
    value->i = unpack_for_column(kind, value->i);
    return 0;
}

static int time_from_column(const cb_field *field, cb_value *value, int utc, const char **what) {
    if (cb_times_pack((cs_kind)field->kind, value->i, utc, &value->i) == 0) { return 0; }
    *what = "a number that stands for no such time (NaT?)";
    return 1;
}

const cb_kind_ops cb_time_ops = {.init = init_time,
                                 .convert = convert_time,
                                 .box = box_time,
                                 .valid = valid_time,
                                 .to_column = time_to_column,
                                 .from_column = time_from_column};
