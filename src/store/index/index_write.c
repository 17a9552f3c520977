/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing an index: beside the older one, which stays until the new one is whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "store/index/index_format.h"

static const char padding[8];

static const void *section_data(const struct image *image, size_t s)
{
	const void *data;

	memcpy(&data, (const char *)image + index_sections[s].field, sizeof(data));
	return data;
}

struct output {
	int fd;
	char *buffer;
	size_t used;
	XXH3_state_t *sum;
};

#define OUTPUT_BYTES ((size_t)1 << 20)

static int write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = write(fd, bytes, n);

		if (done < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		bytes += done;
		n -= (size_t)done;
	}
	return 0;
}

static int put(struct output *out, const void *bytes, size_t n)
{
	const char *from = bytes;

	XXH3_128bits_update(out->sum, bytes, n);
	while (n) {
		size_t part = OUTPUT_BYTES - out->used < n ? OUTPUT_BYTES - out->used : n;

		memcpy(out->buffer + out->used, from, part);
		out->used += part;
		from += part;
		n -= part;
		if (out->used == OUTPUT_BYTES) {
			int rc = write_all(out->fd, out->buffer, out->used);

			if (rc < 0)
				return rc;
			out->used = 0;
		}
	}
	return 0;
}

static int put_padded(struct output *out, const void *bytes, size_t n)
{
	int rc = n ? put(out, bytes, n) : 0;

	return rc < 0 || index_padded(n) == n ? rc : put(out, padding, index_padded(n) - n);
}

static int put_body(struct output *out, const struct image *image, const struct index_meta *meta,
                    const struct index_header *header)
{
	int rc = put_padded(out, meta->root, header->root_bytes);

	if (rc == 0)
		rc = put_padded(out, meta->options, header->options_bytes);
	for (size_t s = 0; rc == 0 && s < INDEX_SECTIONS; s++)
		rc = put_padded(out, section_data(image, s), index_section_bytes(s, header));
	if (rc == 0)
		rc = put_padded(out, image->names, header->names_bytes);
	return rc == 0 && out->used ? write_all(out->fd, out->buffer, out->used) : rc;
}

/* Write header and body to an open file and make them last. */
static int write_index(int fd, const struct image *image, const struct index_meta *meta)
{
	struct index_header header = {
		.magic = INDEX_MAGIC,
		.version = INDEX_VERSION,
		.order = INDEX_ORDER,
		.count = image->count,
		.flags = meta->trusted ? INDEX_TRUSTED : 0,
		.names_bytes = image->name_offset[image->count],
		.root_bytes = (uint32_t)strlen(meta->root),
		.options_bytes = (uint32_t)strlen(meta->options),
		.snapshot_id = meta->snapshot_id,
		.taken_at = meta->taken_at,
		.covers_seq = meta->covers_seq,
		.odd_count = image->odd_count,
	};
	struct output out = {.fd = fd, .buffer = alloc_array(OUTPUT_BYTES, 1), .sum = XXH3_createState()};
	int rc = -ENOMEM;

	if (!out.buffer || !out.sum)
		goto done;
	memcpy(header.database, meta->database, sizeof(header.database));
	header.file_bytes = index_file_bytes(&header);
	XXH3_128bits_reset(out.sum);
	/* The header is known last: its place is kept, and all else written behind it. */
	if (lseek(fd, sizeof(header), SEEK_SET) < 0) {
		rc = -errno;
		goto done;
	}
	rc = put_body(&out, image, meta, &header);
	if (rc < 0)
		goto done;
	XXH128_hash_t sum = XXH3_128bits_digest(out.sum);

	header.body_sum[0] = sum.low64;
	header.body_sum[1] = sum.high64;
	header.header_sum = XXH3_64bits(&header, offsetof(struct index_header, header_sum));
	if (lseek(fd, 0, SEEK_SET) < 0) {
		rc = -errno;
		goto done;
	}
	rc = write_all(fd, (const char *)&header, sizeof(header));
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
done:
	XXH3_freeState(out.sum);
	free(out.buffer);
	return rc;
}

int index_write(const char *path, const struct image *image, const struct index_meta *meta, struct err *err)
{
	struct buf temporary = {0};
	int folder = index_folder_open(path, true, err);
	int fd = -1, rc;

	if (folder < 0)
		return folder;
	buf_str(&temporary, path);
	if (buf_str(&temporary, ".tmp") < 0) {
		rc = index_fail(err, -ENOMEM, path, strerror(ENOMEM));
		goto done;
	}
	const char *new = index_file_name(temporary.data);

	/* What is left of a crash is no one's: the lock's holder is the only writer. */
	if (unlinkat(folder, new, 0) < 0 && errno != ENOENT) {
		rc = index_fail(err, -errno, path, strerror(errno));
		goto done;
	}
	rc = fd = index_file_open(folder, temporary.data, O_WRONLY | O_CREAT | O_EXCL, err);
	if (rc < 0)
		goto done;
	rc = write_index(fd, image, meta);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && renameat(folder, new, folder, index_file_name(path)) < 0)
		rc = -errno;
	if (rc < 0) {
		unlinkat(folder, new, 0);
		index_fail(err, rc, path, strerror(-rc));
		goto done;
	}
	/*
	 * From here on it is the index.  Should the folder forget its new name with the power, the older one covers
	 * less than was pruned: nobody trusts it.
	 */
	(void)fsync(folder);
done:
	buf_free(&temporary);
	close(folder);
	return rc;
}
