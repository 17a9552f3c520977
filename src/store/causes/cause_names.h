/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_CAUSES_CAUSE_NAMES_H
#define STORE_CAUSES_CAUSE_NAMES_H

#include "store/causes/causes.h"

/*
 * What people call what lies under a hash: the container of a layer, a model, a game, a pod.  Told beside the path,
 * never in its place.  Read from small files that lie near, as far as they can be read.
 */

/** Set the names of the paths that are told, as far as there are any. */
void cause_names_add(struct causes *causes);

#endif
