/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_BROWSER_LISTING_H
#define UI_BROWSER_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/query/terms.h"
#include "ui/model/model_flat.h"
#include "ui/screens/row.h"

/*
 * The rows of one folder: which, in which order.  Rows name their entry (row of a block, directory of an image, place
 * in a file list); the figures are decoded when a row is painted, so that they are always of now and a frame costs what
 * is visible.
 */

/**
 * The folder shown: of the live tree (`dir`), or of an image (`image`, `image_dir`): an old snapshot, or below a ghost.
 */
struct place {
	dir_id dir; /* DIR_NONE = of an image */
	const struct image *image;
	uint32_t image_dir;
	bool gone; /* below a ghost: the image is the baseline's, nothing of it is there any more */
	/* the image is what is remembered of the tree being scanned (model_remembered()), not read here yet */
	bool remembered;
	dir_id home; /* gone: the live folder that the ghost `home_ghost` is shown in */
	uint32_t home_ghost;
};

enum growth_kind { GROWTH_OFF, GROWTH_SINCE, GROWTH_WRITTEN };

/** What is asked for. */
struct listing_query {
	struct place place;
	enum ui_sort sort;
	bool descending;
	bool dirs_first, show_hidden, apparent;
	bool by_items; /* sizes and growth are counts of items */
	bool natural; /* names by the numbers in them: file2 before file10 */
	enum growth_kind growth;
	bool live; /* the column is on */
	bool flat; /* the entries of everything below the place: as they were found */
	char filter[TERMS_TEXT]; /* as typed, "" = none; and what it says */
	struct terms terms;
};

/** What it is answered from.  Borrowed; everything but the tree is constant while it is used. */
struct listing_source {
	const struct tree *tree;        /* NULL while there is none */
	const struct baseline *base;    /* NULL = none */
	bool base_known;                /* is it known which remembered folder the place is? */
	uint32_t base_dir;              /* that folder in base->image, IMAGE_NONE = the place is new */
	bool base_folded;               /* it was too deep to be remembered by itself */
	const struct files *base_files; /* its files; NULL or not ready = not yet */
	const struct files *own_files;  /* files of a place in an image, or of one that is not read yet */
	/*
	 * While the tree is being scanned: what is remembered of it, or NULL; and of the place, when it has not been
	 * read yet.
	 */
	const struct match *remembered_match;
	const struct image *remembered;
	uint32_t remembered_dir;        /* in `remembered`, IMAGE_NONE = the place has been read, or is new */
	const struct identities *identities; /* of base->image, NULL = not known (yet) */
	const struct moved *moved;      /* of base->match, NULL = not known: what F is not to be led by */
	const struct watcher *watcher;  /* of the live column, or NULL */
	bool being_read;                /* the place is being read again: what is shown is as it was; */
	dir_id being_read_child;        /* or something in this folder of it is; DIR_NONE = nothing */
	bool events_lost;               /* events were lost: what folders hold is unknown until all is read again */
	const struct unwatched *unwatched; /* folders without a watch, NULL = none */
	const struct flat_list *flat;      /* NULL = nothing yet */
	const struct modified *written;
	int64_t written_since;
};

/** One row: names its entry and carries what it is sorted by. */
struct listing_item {
	uint64_t key, prefix;
	uint32_t index;
	uint8_t source; /* enum listing_from */
	uint8_t group;
};

enum listing_from {
	FROM_BLOCK,
	FROM_IMAGE,
	FROM_FILES,
	FROM_GHOST_DIR,
	FROM_GHOST_FILE,
	FROM_REMEMBERED,
	FROM_GONE,
	FROM_FLAT,
};

struct listing {
	struct listing_query query;
	struct listing_source source;
	uint32_t block;        /* of the live folder (node_cold.block) when it was built, 0 = it was not listed */
	bool complete;         /* the folder was complete: nothing moves by itself any more */
	bool matched;          /* base->match was there */
	bool unreadable;       /* the folder could not be read, or only in part */
	bool files_ready;      /* both file lists were, as far as wanted */
	struct live_growth_gone gone; /* what the live column has seen to go, with figures of then */
	struct listing_item *items;
	size_t count;
	size_t left_out;         /* hidden or not matching the filter, */
	size_t filtered;         /* of them only for the filter */
	uint64_t shown_bytes;    /* sum of the rows */
	enum trust shown_trust;  /* no better than that of any of them */
	bool changed;            /* growth column: something grew or shrank, or may have; rows left out count */
	uint64_t largest_bytes;  /* of a row */
	uint64_t largest_growth; /* absolute */
	uint64_t largest_live;   /* absolute */
	size_t unmatched;        /* rows that came after the tree was matched */
	/* What F follows: live figures when sorted by them, growth otherwise. */
	int64_t positive_growth; /* sum of the positive ones, moved entries aside; rows left out count */
	int64_t moved_growth;    /* what was moved here */
	int64_t left_out_growth; /* the largest of the rows left out */
	size_t positive_count, ghosts, unknown_count;
	size_t leader;         /* row of the largest positive growth, SIZE_MAX = none, */
	int64_t leader_growth; /* which is this, without what was moved */
};

/** Rows of a folder by the query; any thread; pins the tree.  0 or -ENOMEM.  `out` is overwritten. */
int listing_build(struct listing *out, const struct listing_query *query, const struct listing_source *source);
void listing_clear(struct listing *listing);

/** Are the file lists that rows need there, as far as they are wanted? */
static inline bool listing_files_ready(const struct listing_source *source)
{
	return (!source->base_files || source->base_files->ready) && (!source->own_files || source->own_files->ready);
}

/** How many entries the place has now, before filtering: what a build would cost. */
size_t listing_cost(const struct listing_query *query, const struct listing_source *source);

/** Is it still the block that was listed?  Else rows cannot be decoded: build again first. */
bool listing_current(const struct listing *listing);

/**
 * Decode row i with the figures of now.  False when it is no longer there.  The caller holds no pin: it is taken here.
 */
bool listing_row(const struct listing *listing, size_t i, struct row *out);

/**
 * The node alone of row i, which is of a live folder: for who asks for many.  Under a pin of the caller's, after
 * listing_current().  False when it is no row of a block, or no longer there.
 */
bool listing_node(const struct listing *listing, size_t i, struct node *out);

/** Numbers of all rows in the order of their block, the quickest way through it; to be freed, or NULL. */
uint32_t *listing_block_order(const struct listing *listing);

/**
 * Rows of the screen were decoded (`rows` of items `first`…): where figures have moved since the listing was built,
 * bring both into order.
 */
void listing_reorder(struct listing *listing, size_t first, struct row *rows, size_t count);

/** Row of a name (a folder or not), in a flat list that in `folder`; SIZE_MAX = none.  Linear. */
size_t listing_find(const struct listing *listing, uint32_t folder, const void *name, size_t length, bool ghost);

#endif
