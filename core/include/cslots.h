/* cslots.h: the public header of the core. What cslots knows about bytes, without Python. */
#ifndef CSLOTS_H
#define CSLOTS_H

#include "cslots/arrow.h"
#include "cslots/buffer.h"
#include "cslots/bytes.h"
#include "cslots/column.h"
#include "cslots/column_load.h"
#include "cslots/compiler.h"
#include "cslots/hash.h"
#include "cslots/kind.h"
#include "cslots/layout.h"
#include "cslots/memory.h"
#include "cslots/pool.h"
#include "cslots/ptrmap.h"
#include "cslots/slab.h"
#include "cslots/sort.h"
#include "cslots/status.h"
#include "cslots/text.h"
#include "cslots/textheap.h"
#include "cslots/textroom.h"
#include "cslots/utf8.h"

#endif
