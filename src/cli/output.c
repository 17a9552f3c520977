/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"

/* How this process speaks on stderr: said once, before its first word. */
static struct {
	bool json;
	const char *path;
} manner;

void output_begin(bool json, const char *path)
{
	manner.json = json;
	manner.path = path;
}

static void print_error(const char *sentence)
{
	struct document json = {.line = true};

	document_object(&json, NULL);
	document_text(&json, "error", sentence);
	document_path(&json, "path", manner.path);
	document_end_object(&json);
	if (manner.json && !json.out.failed)
		fputs(json.out.data, stderr);
	else
		fprintf(stderr, "disktracker: %s\n", sentence);
	document_free(&json);
}

int output_fail(const struct err *err)
{
	print_error(err->text[0] ? err->text : _("out of memory"));
	return STATUS_FAILED;
}

int output_usage(const char *command, const struct err *err)
{
	print_error(err->text);
	if (manner.json)
		return STATUS_USAGE;
	if (command)
		fprintf(stderr, _("Try 'disktracker %s -h'.\n"), command);
	else
		fprintf(stderr, "%s", _("Try 'disktracker -h'.\n"));
	return STATUS_USAGE;
}

int output_misused(const char *command, const char *sentence)
{
	struct err err;

	err_set(&err, -EINVAL, "%s", sentence);
	return output_usage(command, &err);
}

int output_refused(const char *command, int rc, const struct err *err)
{
	return rc == -ENOMEM ? output_fail(err) : output_usage(command, err);
}

void output_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("disktracker: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

int output_text(struct buf *text)
{
	struct err err = {{0}};
	int status = STATUS_DONE;
	size_t done = 0;

	if (text->failed) {
		buf_free(text);
		return output_fail(&err);
	}
	while (done < text->length) {
		ssize_t n = write(STDOUT_FILENO, text->data + done, text->length - done);

		if (n >= 0) {
			done += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EPIPE) {
			status = STATUS_PIPE;
			break;
		}
		err_set(&err, -errno, _("cannot write to standard output: %s"), strerror(errno));
		status = output_fail(&err);
		break;
	}
	buf_free(text);
	return status;
}

int output_json(struct document *json)
{
	return output_text(&json->out);
}

const char *output_safe_bytes(struct buf *buf, const void *bytes, size_t n)
{
	buf_clear(buf);
	text_safe(buf, bytes, n, strcmp(nl_langinfo(CODESET), "UTF-8") != 0);
	return buf->failed ? "?" : buf->data ? buf->data : "";
}

const char *output_safe(struct buf *buf, const char *path)
{
	return output_safe_bytes(buf, path, strlen(path));
}

bool output_ascii(const struct options *options)
{
	return options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

/* ---- tables ---- */

void table_begin(struct table *table, const struct table_column *columns, size_t count)
{
	*table = (struct table){.columns = columns, .column_count = count};
	for (size_t i = 0; i < count; i++)
		table_cell(table, CELL_HEAD, columns[i].head);
}

void table_cell(struct table *table, enum cell_role role, const char *text)
{
	size_t length = strlen(text);

	if (alloc_room(&table->cells, &table->cell_capacity, table->cell_count + 1)) {
		table->failed = true;
		return;
	}
	table->cells[table->cell_count].offset = table->text.length;
	table->cells[table->cell_count].width = text_width(text, length);
	table->cells[table->cell_count].role = role;
	table->cell_count++;
	buf_add(&table->text, text, length + 1);
}

void table_delta(struct table *table, int64_t bytes, bool si)
{
	char figure[TEXT_FIGURE];

	table_cell(table, bytes > 0 ? CELL_GROW : bytes < 0 ? CELL_SHRINK : CELL_PLAIN, text_delta(figure, bytes, si));
}

void table_growth(struct table *table, struct growth_figure growth, bool si)
{
	char figure[TEXT_FIGURE];

	table_cell(table,
	           growth.bytes > 0   ? CELL_GROW
	           : growth.bytes < 0 ? CELL_SHRINK
	                              : CELL_PLAIN,
	           growth_text(figure, growth, si));
}

void table_drop(struct table *table)
{
	free(table->cells);
	buf_free(&table->text);
	*table = (struct table){0};
}

/* The padding of the last column is left out. */
static void end_line(struct buf *out)
{
	while (out->length && !out->failed && out->data[out->length - 1] == ' ')
		out->data[--out->length] = '\0';
	buf_char(out, '\n');
}

const char *output_paint(enum paint color, enum cell_role role)
{
	switch (role) {
	case CELL_HEAD:
	case CELL_NEW: return color ? "\033[1m" : "";
	case CELL_DIM: return color ? "\033[2m" : "";
	case CELL_GROW:
	case CELL_SHRINK: break;
	default: return "";
	}
	/* Of the terminal's palette, which suits its background: yellow is next to orange, cyan to a blue that can be
	 * read. */
	if (color == PAINT_ORANGE_BLUE)
		return role == CELL_GROW ? "\033[33m" : "\033[36m";
	return color == PAINT_OFF ? "" : role == CELL_GROW ? "\033[31m" : "\033[32m";
}

int table_finish(struct table *table, enum paint color, struct buf *out)
{
	size_t columns = table->column_count;
	int *widths = alloc_array(columns, sizeof(*widths));
	bool *used = alloc_array(columns, sizeof(*used));

	if (!widths || !used || table->failed || table->text.failed) {
		out->failed = true;
	} else {
		for (size_t i = 0; i < table->cell_count; i++) {
			if (table->cells[i].width > widths[i % columns])
				widths[i % columns] = table->cells[i].width;
			used[i % columns] |= i >= columns && table->cells[i].width;
		}
		for (size_t i = 0; i < table->cell_count; i++) {
			size_t column = i % columns;
			const char *text = table->text.data + table->cells[i].offset;
			const char *on = output_paint(*text ? color : PAINT_OFF, table->cells[i].role);
			int pad = widths[column] - table->cells[i].width;
			bool right = table->columns[column].right;

			if (used[column])
				buf_printf(out, "%*s%s%s%s%*s  ", right ? pad : 0, "", on, text, *on ? "\033[0m" : "",
				           right ? 0 : pad, "");
			if (column + 1 == columns)
				end_line(out);
		}
	}
	free(used);
	free(widths);
	table_drop(table);
	return out->failed ? -ENOMEM : 0;
}
