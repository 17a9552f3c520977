/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/handle.h"

#define SCHEMA_VERSION 3
#define SCHEMA_APPLICATION 0x446b5472 /* "DkTr", in the file's header: tells our databases from other programs' */
#define SCHEMA_LAST "9223372036854775807" /* last_id of a version that is still true */

/**
 * Bring the schema up to SCHEMA_VERSION, each step one transaction that also sets user_version.  Two programs may do it at once.
 * *newer is set when a newer program wrote the database (nothing is done then).  An older one that cannot be written just now stays as it is.
 * Fails as store_failed().
 */
int schema_migrate(struct store *store, bool *newer, struct err *err);

/** Read store_id().  0 or as store_failed(). */
int schema_read_id(struct store *store, struct err *err);

#endif
