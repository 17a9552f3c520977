/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which folder the browser shows, and where the cursor was in those that were left. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "ui/browser/browser.h"

bool place_same(const struct place *a, const struct place *b)
{
	return a->dir == b->dir && a->image == b->image && a->image_dir == b->image_dir && a->gone == b->gone &&
	       a->remembered == b->remembered;
}

/** The image that tells a place from the live one with its path. */
static const struct image *position_image(const struct place *place)
{
	return place->dir == DIR_NONE && !place->remembered ? place->image : NULL;
}

/** What is remembered of a place, or position_count. */
static size_t find_position(const struct browser *browser, const struct place *place, const char *path)
{
	size_t i = 0;

	while (i < browser->position_count &&
	       (browser->positions[i].image != position_image(place) || strcmp(browser->positions[i].path, path)))
		i++;
	return i;
}

static void remember(struct browser *browser, const struct model *model)
{
	struct position position = browser_position(browser);
	struct buf path = {0};
	size_t i;

	if (!browser->placed || browser->flat || (!browser->anchor.bound && !*browser->prompt.text))
		return;
	snprintf(position.filter, sizeof(position.filter), "%s", browser->prompt.text);
	position.image = position_image(&browser->place);
	if (!browser->positions)
		browser->positions = alloc_array(BROWSER_POSITIONS, sizeof(*browser->positions));
	if (!browser->positions || browser_path(browser, model, &path)) {
		buf_free(&path);
		return;
	}
	position.path = path.data;
	i = find_position(browser, &browser->place, path.data);
	if (i < browser->position_count) {
		free(browser->positions[i].path);
	} else if (i == BROWSER_POSITIONS) {
		free(browser->positions[0].path);
		memmove(browser->positions, browser->positions + 1,
		        (BROWSER_POSITIONS - 1) * sizeof(*browser->positions));
		i--;
	} else {
		browser->position_count++;
	}
	browser->positions[i] = position;
}

static void place_path(struct browser *browser, const struct model *model)
{
	buf_clear(&browser->relative);
	if (browser->place.dir != DIR_NONE)
		tree_relative(model->tree, browser->place.dir, &browser->relative);
	else
		image_relative(browser->place.image, browser->place.image_dir, &browser->relative);
}

/** Have the scan read this folder before others. */
static void focus(struct browser *browser, const struct model *model, dir_id dir)
{
	if (!model->scanning || !model->scan || dir == DIR_NONE || dir == browser->focused)
		return;
	browser->focused = dir;
	scan_focus(model->scan, dir);
}

void browser_go(struct browser *browser, struct model *model, const struct place *place, const void *name,
                size_t length)
{
	struct buf path = {0};
	size_t known;

	remember(browser, model);
	browser->place = *place;
	browser->placed = true;
	browser->listed = false;
	browser->cursor = browser->top = 0;
	browser->anchor.bound = false;
	browser->anchor.ghost = false;
	browser->filtering = false;
	prompt_set(&browser->prompt, "");
	listing_clear(&browser->listing);
	place_path(browser, model);
	browser->anchor_item = (struct listing_item){.index = UINT32_MAX};
	browser->anchor_block = 0;
	known = browser_path(browser, model, &path) == 0 ? find_position(browser, place, path.data)
	                                                 : browser->position_count;
	if (known < browser->position_count) {
		browser_take_position(browser, &browser->positions[known]);
		prompt_set(&browser->prompt, browser->positions[known].filter);
	}
	if (name && length <= 255) {
		memcpy(browser->anchor.name, name, length);
		browser->anchor.name_length = (uint8_t)length;
		browser->anchor.ghost = false;
		browser->anchor.bound = true;
	}
	focus(browser, model, place->dir);
	if (model->live && place->dir != DIR_NONE && model_live_limited(model))
		/* it may be one without a watch, and its turn far away */
		watcher_look(model->watcher, place->dir, false);
	if (place->dir != DIR_NONE && path.data && !path.failed)
		model_want_usage(model, path.data);
	buf_free(&path);
}

void browser_enter(struct browser *browser, struct model *model, const struct row *row)
{
	struct place place = {.image_dir = IMAGE_NONE};

	if (row->dir != DIR_NONE) {
		place.dir = row->dir;
	} else if (row->origin == ROW_GHOST && !browser->place.gone && !model->view) {
		place.image = row->image;
		place.image_dir = row->image_dir;
		place.gone = true;
		place.home = browser->place.dir;
		place.home_ghost = row->image_dir;
	} else if (row->origin == ROW_GHOST && model->view) {
		/*
		 * Gone from an old snapshot that is browsed: its inside is another image's; shown as gone, home is the
		 * view's folder.
		 */
		model_say(model, false, _("this folder was gone by then; open the snapshot before it to look inside"));
		return;
	} else if (browser->place.dir != DIR_NONE || browser->place.remembered) {
		place.image = row->image;
		place.image_dir = row->image_dir;
		place.remembered = true;
	} else {
		place = browser->place;
		place.image = row->image;
		place.image_dir = row->image_dir;
	}
	browser_go(browser, model, &place, NULL, 0);
}

/** The live folder at a path relative to the root of what is remembered, or DIR_NONE. */
static dir_id found_dir(const struct model *model, const char *path, size_t length)
{
	size_t skip = strlen(model->remembered->prefix);

	if (length < skip)
		return DIR_NONE;
	while (skip && skip < length && path[skip] == '/')
		skip++;
	return tree_lookup(model->tree, path + skip, length - skip);
}

/** A remembered folder: the live one, if the scan has found it. */
static struct place place_of(const struct model *model, uint32_t image_dir)
{
	struct place place = {.image_dir = IMAGE_NONE};
	struct buf path = {0};

	if (image_relative(model->remembered->image, image_dir, &path) == 0)
		place.dir = found_dir(model, path.data ? path.data : "", path.length);
	if (place.dir == DIR_NONE)
		place = (struct place){.image = model->remembered->image, .image_dir = image_dir, .remembered = true};
	buf_free(&path);
	return place;
}

uint32_t browser_remembered_dir(const struct browser *browser, const struct model *model)
{
	const struct baseline *remembered = model_remembered(model);
	const struct place *place = &browser->place;
	uint32_t dir;
	bool known;

	if (place->remembered)
		return place->image_dir;
	if (!remembered || place->dir == DIR_NONE || tree_block(model->tree, place->dir))
		return IMAGE_NONE;
	dir = match_dir(remembered->match, place->dir, &known);
	return known ? dir : IMAGE_NONE;
}

bool browser_parent(struct browser *browser, struct model *model)
{
	struct place place = browser->place;
	size_t length = browser->relative.length, start = length;
	unsigned char name[256];
	bool ghost = false;

	if (!browser->placed)
		return false;
	if (place.dir != DIR_NONE) {
		place.dir = tree_cold(model->tree, place.dir)->parent;
		if (place.dir == DIR_NONE)
			return false;
	} else if (place.gone && place.image_dir == place.home_ghost) {
		place = (struct place){.dir = browser->place.home, .image_dir = IMAGE_NONE};
		ghost = true;
	} else if (place.remembered) {
		place = place_of(model, place.image->parent[place.image_dir]);
	} else {
		place.image_dir = place.image->parent[place.image_dir];
		if (place.image_dir == IMAGE_NONE)
			return false;
	}
	while (start && browser->relative.data[start - 1] != '/')
		start--;
	length = length - start <= 255 ? length - start : 0;
	if (length)
		memcpy(name, browser->relative.data + start, length);
	browser_go(browser, model, &place, name, length);
	browser->anchor.ghost = ghost;
	return true;
}

int browser_path(const struct browser *browser, const struct model *model, struct buf *out)
{
	const char *root = browser->place.dir != DIR_NONE || !browser->place.image
	                         ? model->tree ? tree_root_path(model->tree) : ""
	                         : browser->place.image->root_path;
	size_t length = strlen(root);

	buf_add(out, root, length);
	if (browser->relative.length) {
		if (!length || root[length - 1] != '/')
			buf_char(out, '/');
		buf_add(out, browser->relative.data, browser->relative.length);
	}
	return out->failed ? -ENOMEM : 0;
}

int browser_row_path(const struct browser *browser, const struct model *model, const struct row *row, struct buf *out)
{
	if (!row->elsewhere) {
		browser_path(browser, model, out);
	} else if (browser->place.dir != DIR_NONE) {
		tree_path(model->tree, row->folder, out);
	} else {
		buf_str(out, browser->place.image->root_path);
		if (row->folder != IMAGE_ROOT) {
			if (!out->length || out->data[out->length - 1] != '/')
				buf_char(out, '/');
			image_relative(browser->place.image, row->folder, out);
		}
	}
	if (!out->length || out->data[out->length - 1] != '/')
		buf_char(out, '/');
	buf_add(out, row->name, row->name_length);
	return out->failed ? -ENOMEM : 0;
}

bool browser_dir_in_image(const struct browser *browser, const struct model *model, const struct image *image,
                          uint32_t *dir)
{
	struct buf path = {0};
	const char *rest = browser_path(browser, model, &path) == 0 ? path_below(path.data, image->root_path) : NULL;

	*dir = rest ? image_lookup(image, rest, strlen(rest)) : IMAGE_NONE;
	buf_free(&path);
	return rest != NULL;
}

/** The folder that was shown is not there any more. */
static void say_gone(const struct browser *browser, struct model *model)
{
	struct buf path = {0}, shown = {0};

	if (browser_path(browser, model, &path) == 0 &&
	    text_name(&shown, path.data, path.length, model->ascii, 60) == 0)
		model_say(model, true, _("%s is gone; this is the nearest folder above it"), shown.data);
	buf_free(&path);
	buf_free(&shown);
}

/** The folder has been read again (or vanished): find it by its path, else the nearest folder above that is there. */
static void replace_dead_place(struct browser *browser, struct model *model)
{
	size_t length = browser->relative.length;
	struct place place = {.image_dir = IMAGE_NONE};
	struct anchor anchor = browser->anchor;
	char filter[sizeof(browser->prompt.text)];
	bool same;

	for (;;) {
		place.dir = tree_lookup(model->tree, browser->relative.data ? browser->relative.data : "", length);
		if (place.dir != DIR_NONE || !length)
			break;
		while (length && browser->relative.data[length - 1] != '/')
			length--;
		length -= length > 0;
	}
	if (place.dir == DIR_NONE)
		place.dir = DIR_ROOT;
	same = length == browser->relative.length;
	snprintf(filter, sizeof(filter), "%s", same ? browser->prompt.text : "");
	if (!same)
		say_gone(browser, model);
	browser->anchor.bound = false;
	browser_go(browser, model, &place, same && anchor.bound ? anchor.name : NULL, anchor.name_length);
	if (same)
		prompt_set(&browser->prompt, filter);
}

/**
 * A folder shown as last known: once the scan has found it, it is the live one, and the cursor stays.  Until then the
 * deepest folder found on the way is read first; when the scan ends without it, it is there no more.
 */
static void find_live_place(struct browser *browser, struct model *model)
{
	const char *path = browser->relative.data ? browser->relative.data : "";
	size_t length = browser->relative.length, skip = strlen(model->remembered->prefix);
	dir_id dir = found_dir(model, path, length);

	if (dir != DIR_NONE) {
		browser->place = (struct place){.dir = dir, .image_dir = IMAGE_NONE};
		place_path(browser, model);
		focus(browser, model, dir);
		return;
	}
	if (!model_remembered(model)) {
		while (skip && skip < length && path[skip] == '/')
			skip++;
		if (browser->relative.data)
			memmove(browser->relative.data, path + skip, length - skip + 1);
		browser->relative.length = length - skip;
		replace_dead_place(browser, model);
		return;
	}
	while (length > skip && dir == DIR_NONE) {
		while (length > skip && path[length - 1] != '/')
			length--;
		length -= length > skip;
		dir = found_dir(model, path, length);
	}
	focus(browser, model, dir);
}

/** What was remembered of images that are gone must not be found again at the same address. */
static void forget_images(struct browser *browser)
{
	for (size_t i = 0; i < browser->position_count;)
		if (browser->positions[i].image) {
			free(browser->positions[i].path);
			browser->positions[i] = browser->positions[--browser->position_count];
		} else {
			i++;
		}
}

void browser_check_place(struct browser *browser, struct model *model)
{
	if (!browser->placed) {
		struct place root = {.dir = DIR_ROOT, .image_dir = IMAGE_NONE};

		browser_go(browser, model, &root, NULL, 0);
	}
	if (model->view != browser->view) {
		struct place place = {.image_dir = IMAGE_ROOT};

		if (!browser->view) {
			remember(browser, model);
			browser->home = browser->place;
		}
		forget_images(browser);
		browser->anchor.bound = false;
		browser->view = model->view;
		if (model->view) {
			uint32_t dir;

			/* The same folder, if that snapshot has it. */
			place.image = model->view->image;
			if (browser_dir_in_image(browser, model, place.image, &dir)) {
				if (dir == IMAGE_NONE)
					model_say(model, false, _("#%lld does not contain this folder"),
					          (long long)model->view->id);
				else
					place.image_dir = dir;
			}
		} else {
			place = browser->home;
			if (place.gone)
				place = (struct place){.dir = place.home, .image_dir = IMAGE_NONE};
		}
		browser_go(browser, model, &place, NULL, 0);
	}
	if (browser->base_image != (model->baseline ? model->baseline->image : NULL)) {
		browser->base_image = model->baseline ? model->baseline->image : NULL;
		forget_images(browser);
	}
	if (browser->place.gone && (!model->baseline || browser->place.image != model->baseline->image)) {
		struct place place = {.dir = browser->place.home, .image_dir = IMAGE_NONE};

		browser->anchor.bound = false;
		browser_go(browser, model, &place, NULL, 0);
	}
	if (browser->place.remembered)
		find_live_place(browser, model);
	if (browser->place.dir != DIR_NONE && !tree_alive(model->tree, browser->place.dir))
		replace_dead_place(browser, model);
	/* A folder that is renamed, or one above it, stays the same folder. */
	if (browser->place.dir != DIR_NONE && browser->path_batches != model->live_status.batches) {
		browser->path_batches = model->live_status.batches;
		place_path(browser, model);
	}
}
