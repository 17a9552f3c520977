/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/exchange/ncdu_writer.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"

static const char *excluded_word(unsigned row_flags)
{
	if (row_flags & ROW_EXCLUDED)
		return "pattern";
	if (row_flags & ROW_OTHERFS)
		return "otherfs"; /* what every ncdu reads, though 1.x writes "othfs" */
	return row_flags & ROW_KERNFS ? "kernfs" : NULL;
}

void ncdu_item_leaf(struct ncdu_item *item, enum node_type type, unsigned row_flags, uint64_t ino, uint32_t nlink)
{
	item->is_dir = type == NODE_DIR;
	item->excluded = excluded_word(row_flags);
	item->read_error = (row_flags & ROW_ERROR) != 0;
	item->leaf = (row_flags & ROW_LEAF) != 0;
	if (item->leaf)
		return; /* was not stat-ed: nothing more is known */
	item->notreg = type != NODE_DIR && type != NODE_REG;
	if (nlink > 1) {
		item->linked = true;
		item->ino = ino;
		item->nlink = nlink;
	}
}

struct ncdu_writer *ncdu_writer_create(const struct ncdu_export_options *options, int fd)
{
	struct ncdu_writer *writer = options->binary ? ncdu_binary_writer(options) : ncdu_json_writer();

	if (writer)
		writer->fd = fd;
	return writer;
}

int ncdu_writer_finish(struct ncdu_writer *writer, int error, struct err *err)
{
	if (!error)
		writer->form->end(writer);
	if (!error)
		error = writer->error;
	writer->form->drop(writer);
	if (error == -ENOMEM)
		return err_set(err, error, _("out of memory while writing the export"));
	if (error == -EFBIG)
		return err_set(err, error, _("the export cannot be written: it is larger than the format allows"));
	if (error)
		return err_set(err, error, _("the export cannot be written: %s"), strerror(-error));
	return 0;
}
