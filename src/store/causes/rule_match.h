/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_CAUSES_RULE_MATCH_H
#define STORE_CAUSES_RULE_MATCH_H

#include "store/causes/rules.h"

/*
 * All patterns at once: a trie of their components, walked like a finite automaton.  What may still match below a
 * directory is a set of places in the trie; the few sets that occur are numbered as they are met, so that a step down
 * costs a look-up for each place of a set, two or three as a rule.
 *
 * `~` is any home: /root, /home/NAME, /var/home/NAME, this person's own.  Where XDG_CACHE_HOME and the like lead
 * elsewhere, what is written with `~/.cache` holds there as well.
 */
struct rule_match; /* one thread's: sets are added while it walks */

/** `rules` are borrowed.  NULL + errno (ENOMEM). */
struct rule_match *rule_match_create(const struct cause_rules *rules);
void rule_match_destroy(struct rule_match *match);

#define RULE_SET_ROOT 0u           /* what may match below "/" */
#define RULE_SET_FAILED UINT32_MAX /* no memory */

/** Into an entry of a directory: what may match below it. */
uint32_t rule_match_step(struct rule_match *match, uint32_t set, const void *name, size_t length);

/**
 * Patterns that the directory itself fulfils, markers aside, the most specific first.  Valid until the next step.
 */
const uint32_t *rule_match_here(const struct rule_match *match, uint32_t set, size_t *count);

/** The patterns of any directory at all, to be known by their markers alone: less specific than all others. */
const uint32_t *rule_match_any(const struct rule_match *match, size_t *count);

/**
 * Patterns of files that an entry of the directory fulfils, the most specific first; at most `most`.  Returns how many.
 */
size_t rule_match_file(const struct rule_match *match, uint32_t set, const void *name, size_t length, uint32_t *out,
                       size_t most);

/** May rule_match_file() find patterns there other than those that begin anywhere? */
bool rule_match_has_files(const struct rule_match *match, uint32_t set);

/** Does a component fit a glob (`*`, `?`, `[a-z]`)?  Bytes. */
bool rule_glob(const char *glob, size_t glob_length, const char *name, size_t length);

#endif
