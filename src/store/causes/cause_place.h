/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_CAUSES_CAUSE_PLACE_H
#define STORE_CAUSES_CAUSE_PLACE_H

#include "base/hash.h"
#include "store/causes/rule_match.h"
#include "store/files/file_list.h"

/*
 * Which cause a directory belongs to: worked out on the way down.  A place is where a pattern was fulfilled; what lies
 * below is its, but for places within.  causes_now.c and causes_growth.c walk, and give their bytes to places.
 */

#define PLACE_NONE 0u          /* what no rule takes: other */
#define PATTERN_TAG UINT32_MAX /* no pattern: the place has a CACHEDIR.TAG */

/** A tree of directories and where its lists of files are. */
struct cause_side {
	const struct image *image;
	struct store *store;     /* of a stored snapshot; NULL = none */
	const struct tree *tree; /* the image was made of it; NULL = of none */
	struct file_list list;   /* read last */
	uint32_t listed;         /* of this directory, IMAGE_NONE = of none */
};

struct cause_place {
	uint32_t pattern, rule;
	uint32_t parent; /* place around it, PLACE_NONE */
	uint32_t line;   /* of the result */
	const struct cause_side *side;
	uint32_t dir; /* in the side's image */
	uint32_t row; /* of a diff, where that is what is walked */
	char *file;   /* a single entry of the directory, NULL = all of it */
	uint8_t file_length;
	bool gone;        /* only the older tree has it */
	bool above;       /* the pattern was fulfilled above the image's root */
	int64_t bytes;    /* modulo 2⁶⁴ */
	int64_t newest_s; /* modified last, as far as was looked; INT64_MIN = not known */
};

/** A cause that took something. */
struct place_line {
	uint32_t rule;
	char *name; /* the rule's, its `*` replaced */
};

/** Where a walk is. */
struct place_state {
	uint32_t set, place;
};

struct places {
	const struct cause_rules *rules;
	struct rule_match *match;
	struct cause_place *items; /* from 1 on */
	size_t count, capacity;
	struct place_line *lines;
	size_t line_count, line_capacity;
	struct hash by_line;
	uint32_t tag_rule;    /* the rule of CACHEDIR.TAG, UINT32_MAX = there is none */
	uint64_t least_bytes; /* folders that hold less are not opened to look for a CACHEDIR.TAG */
	struct err *err;
};

/** 0 or -ENOMEM. */
int places_begin(struct places *places, const struct cause_rules *rules, struct err *err);
void places_end(struct places *places);

/** Files of a directory, until the next call for this side; empty where none are known.  0 or -errno. */
int cause_list(struct cause_side *side, uint32_t dir, const struct file_list **out, struct err *err);
void cause_side_clear(struct cause_side *side);

/**
 * May a pattern take something from the place it lies in?  Not what is its already: the outermost counts; and what
 * begins anywhere takes nothing from what is whole.
 */
bool place_may_take(const struct places *places, uint32_t pattern, uint32_t from);

/** Does a marker hold?  1, 0, or -errno. */
typedef int place_marker(void *context, const struct cause_marker *marker);

/** The pattern that begins a place where the walk is, UINT32_MAX = none.  0 or -errno. */
int place_find(struct places *places, const struct place_state *at, place_marker *holds_one, void *context,
               uint32_t *out);

/** A place in an entry called `name`; PLACE_NONE without memory. */
uint32_t place_add(struct places *places, struct cause_place place, const void *name, size_t length);

/** The state at a directory of the image, all that lies above it seen.  0 or -errno. */
int place_start(struct places *places, struct cause_side *side, uint32_t dir, struct place_state *out);

/** From a directory into one of its subdirectories: `dir` of the image, `row` of a diff.  0 or -errno. */
int place_enter(struct places *places, struct cause_side *side, uint32_t dir, uint32_t row,
                const struct place_state *from, struct place_state *out);

/** The pattern that takes an entry that is no directory from its folder, UINT32_MAX = none.  0 or -errno. */
int place_file(struct places *places, struct cause_side *side, uint32_t dir, const struct place_state *at,
               const struct file_entry *entry, uint32_t *pattern);

/** May place_file() find any there? */
bool place_takes_files(const struct places *places, const struct place_state *at);

/** A place of its own for such an entry; PLACE_NONE without memory. */
uint32_t place_add_file(struct places *places, const struct cause_side *side, uint32_t dir, uint32_t row,
                        const struct place_state *at, const struct file_entry *entry, uint32_t pattern);

static inline const struct cause_rule *place_rule(const struct places *places, uint32_t place)
{
	return &places->rules->rules[places->items[place].rule];
}

#endif
