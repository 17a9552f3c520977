/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui_session.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/model/model_breakdown.h"
#include "ui/model/model_flat.h"
#include "ui/model/model_volumes.h"

static uint64_t next_inode;

struct tree *session_tree(const char *root, const char *lines)
{
	struct build_entry entry = {.name = "root",
	                            .name_length = 4,
	                            .type = NODE_DIR,
	                            .alloc_bytes = 4096,
	                            .apparent_bytes = 4096,
	                            .ino = 2,
	                            .nlink = 1};
	struct build *build = build_create(root, &entry);
	struct tree *tree;

	cr_assert(build);
	while (*lines) {
		const char *end = strchr(lines, '\n'), *space;
		size_t length = end ? (size_t)(end - lines) : strlen(lines);
		char line[400], kind = 0;
		unsigned long long size = 0, mtime = SESSION_NOW - 40 * 86400, inode = 0;

		cr_assert(length < sizeof line);
		memcpy(line, lines, length);
		line[length] = 0;
		lines += length + (end != NULL);
		if (!strcmp(line, "..")) {
			cr_assert_eq(build_leave(build), 0);
			continue;
		}
		entry = (struct build_entry){.name = line, .type = NODE_REG, .nlink = 1};
		if (strchr("!<>^@H", line[0]) && line[1] != ' ') {
			kind = line[0];
			entry.name = line + 1;
		}
		space = strrchr(line, '|');
		cr_assert(space, "%s", line);
		sscanf(space + 1, "%llu %llu %llu", &size, &mtime, &inode);
		entry.name_length = (size_t)(space - (const char *)entry.name);
		entry.alloc_bytes = entry.apparent_bytes = size;
		entry.mtime_ns = (int64_t)mtime * 1000000000;
		entry.ino = inode ? inode : ++next_inode + 100;
		switch (kind) {
		case '<': entry.flags = ROW_EXCLUDED; break;
		case '>': entry.flags = ROW_OTHERFS; entry.type = NODE_DIR; break;
		case '^': entry.flags = ROW_KERNFS; entry.type = NODE_DIR; break;
		case '@': entry.type = NODE_SYMLINK; break;
		case 'H': entry.nlink = 2; break;
		default: break;
		}
		if (((const char *)entry.name)[entry.name_length - 1] == '/') {
			entry.name_length--;
			entry.type = NODE_DIR;
			if (!inode) {
				/* The same folder in two trees is the same inode. */
				entry.ino = 1000;
				for (size_t i = 0; i < entry.name_length; i++)
					entry.ino = entry.ino * 31 + ((const unsigned char *)entry.name)[i];
			}
			entry.dir_flags = kind == '!' ? DIR_READ_ERROR : 0;
			cr_assert_eq(build_enter(build, &entry), 0, "%s", line);
		} else {
			cr_assert_eq(build_file(build, &entry), 0, "%s", line);
		}
	}
	tree = build_finish(build);
	cr_assert(tree);
	return tree;
}

/** The files of a folder of the tree before, as the store would give them. */
static void give_files(struct session_ui *session, dir_id dir, uint32_t image_dir)
{
	unsigned pin = tree_pin(session->before);
	const struct node_block *block = tree_block(session->before, dir);
	uint32_t count = tree_count(block);
	struct files *files = calloc(1, sizeof *files);
	size_t n = 0;

	cr_assert(files);
	files->image = session->image;
	files->dir = image_dir;
	files->ready = true;
	files->list.items = calloc(count + 1, sizeof *files->list.items);
	cr_assert(files->list.items);
	for (uint32_t i = 0; i < count; i++) {
		struct file_entry entry;
		struct node node;
		size_t at = n;

		tree_node(session->before, block, i, &node);
		if (node.dir != DIR_NONE) {
			uint32_t child = image_child(session->image, image_dir, node.name, node.name_length);

			cr_assert_neq(child, IMAGE_NONE);
			give_files(session, node.dir, child);
			continue;
		}
		entry = (struct file_entry){.name = node.name,
		                            .name_length = node.name_length,
		                            .type = node.type,
		                            .flags = node.flags,
		                            .alloc_bytes = node.alloc_bytes,
		                            .apparent_bytes = node.apparent_bytes,
		                            .mtime_s = node.mtime_s,
		                            .ino = node.ino,
		                            .nlink = node.nlink};
		for (; at; at--) {
			const struct file_entry *other = &files->list.items[at - 1];
			int order = memcmp(other->name, entry.name,
			                   other->name_length < entry.name_length ? other->name_length
			                                                          : entry.name_length);

			if (order < 0 || (order == 0 && other->name_length < entry.name_length))
				break;
			files->list.items[at] = *other;
		}
		files->list.items[at] = entry;
		n++;
	}
	files->list.count = n;
	files->next = session->model.state->files;
	session->model.state->files = files;
	tree_unpin(session->before, pin);
}

void session_open(struct session_ui *session, int rows, int cols, const char *lines, const char *before)
{
	struct model *model = &session->model;
	char now[32];

	*session = (struct session_ui){0};
	snprintf(now, sizeof now, "%d", SESSION_NOW);
	setenv("DISKTRACKER_TEST_TIME", now, 1);
	setenv("TZ", "UTC0", 1);
	tzset();
	setlocale(LC_ALL, "C.UTF-8");
	next_inode = 0;
	session->tree = session_tree("/home/ana", lines);
	model->rows = rows;
	model->cols = cols;
	model->wake_fd = -1;
	model->quit_status = -1;
	model->start = &session->start;
	model->settings = (struct ui_settings){.sort = SORT_SIZE,
	                                       .sort_descending = true,
	                                       .graph_style = STYLE_EIGHTH,
	                                       .show_hidden = true,
	                                       .percent_when_wide = true,
	                                       .can_shell = true,
	                                       .can_refresh = true,
	                                       .update_ms = 50};
	model->tree = session->tree;
	model->progress.fraction = -1;
	model->written_window_s = 86400;
	model->baseline_known = model->history_known = true;
	model->usage = (struct usage){.known = true, .mount = "/home", .percent = 91, .free_bytes = 62384596582};
	model->state = calloc(1, sizeof *model->state);
	cr_assert(model->state);
	if (before) {
		session->before = session_tree("/home/ana", before);
		session->image = image_from_tree(session->before);
		cr_assert(session->image);
		give_files(session, DIR_ROOT, IMAGE_ROOT);
		session->baseline = (struct baseline){.id = 41,
		                                      .taken_at = SESSION_NOW - 3 * 86400 - 720,
		                                      .image = session->image,
		                                      .prefix = strdup("")};
		session->baseline.own_match = match_create_complete(session->tree, session->image, "");
		cr_assert(session->baseline.own_match);
		session->baseline.match = session->baseline.own_match;
		model->baseline = &session->baseline;
	}
	session->screens.model = model;
	cr_assert_eq(browser_open(&session->screens), 0);
	session_screen(session);
}

void session_close(struct session_ui *session)
{
	screens_clear(&session->screens);
	while (session->model.state->files) {
		struct files *files = session->model.state->files;

		session->model.state->files = files->next;
		free(files->list.items);
		free(files);
	}
	model_flat_free(&session->model);
	model_breakdown_free(&session->model);
	model_drop_volumes(&session->model);
	model_free_retired(&session->model, true);
	free(session->model.state->usage_path);
	free(session->model.state);
	free(session->model.shell_path);
	buf_free(&session->model.print);
	buf_free(&session->model.copy);
	free(session->model.open_path);
	marks_clear(&session->model.marks);
	match_destroy(session->baseline.own_match);
	free(session->baseline.prefix);
	image_free(session->image);
	tree_destroy(session->tree);
	tree_destroy(session->before);
	buf_free(&session->text);
}

static void frame(struct session_ui *session)
{
	/* A second between frames: no pause for keys, no share of the time for sorting. */
	session->model.now_ns += 1000000000;
	screens_update(&session->screens, session->model.now_ns);
	cr_assert_eq(screens_paint(&session->screens), 0);
}

unsigned session_type(struct session_ui *session, const char *keys)
{
	unsigned reactions = REACT_NONE;

	while (*keys) {
		struct input input = {.kind = INPUT_KEY, .key = (unsigned char)*keys++};

		if (input.key == '<' && *keys) {
			int length = (int)strcspn(keys, ">");

			input.key = action_key_code(keys, length);
			cr_assert_neq(input.key, 0, "%s", keys);
			keys += length + 1;
		}
		session->model.message[0] = 0;
		reactions = screens_handle(&session->screens, &input);
		if (reactions & REACT_GROWTH)
			browser_show_growth(&session->screens);
		frame(session);
	}
	return reactions;
}

unsigned session_mouse(struct session_ui *session, enum input_kind kind, int row, int col)
{
	struct input input = {.kind = kind, .row = row, .col = col};
	unsigned reactions = screens_handle(&session->screens, &input);

	frame(session);
	return reactions;
}

const char *session_screen(struct session_ui *session)
{
	frame(session);
	buf_clear(&session->text);
	cr_assert_eq(canvas_print(&session->screens.canvas, &session->text), 0);
	return session->text.data;
}

const char *session_roles(struct session_ui *session)
{
	frame(session);
	buf_clear(&session->text);
	cr_assert_eq(canvas_print_roles(&session->screens.canvas, &session->text), 0);
	return session->text.data;
}

const char *session_row(struct session_ui *session, int row)
{
	const char *line = session_screen(session);
	size_t length;

	while (row--)
		line = strchr(line, '\n') + 1;
	length = strcspn(line, "\n");
	memmove(session->text.data, line, length);
	session->text.data[length] = 0;
	return session->text.data;
}
