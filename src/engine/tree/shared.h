/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_SHARED_H
#define ENGINE_TREE_SHARED_H

struct tree;

/*
 * Shared bytes (DESIGN §2): tree_compute_shared() and tree_shared() of tree.h live in shared.c.  This frees their
 * tables.
 */
void shared_destroy(struct tree *tree);

#endif
