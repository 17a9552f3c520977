/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/index/index_format.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/mapped.h"

void index_meta_clear(struct index_meta *meta)
{
	free(meta->memory);
	*meta = (struct index_meta){0};
}

struct mapping {
	struct image image;
	struct mapped file;
	/* copies of the sections that are SHAPE, and the names; NULL = the file's bytes are in memory anyway */
	char *shape;
};

static void release_mapping(struct image *image)
{
	struct mapping *mapping = image->memory;

	mapped_close(&mapping->file);
	free(mapping->shape);
	free(image->root_path);
	free(mapping);
}

static bool lost_mapping(const struct image *image)
{
	return mapped_spoiled(&((const struct mapping *)image->memory)->file);
}

/* What is wrong with the header of a file of `size` bytes, or NULL. */
static const char *check_header(const struct index_header *header, uint64_t size)
{
	if (size < sizeof(*header) || memcmp(header->magic, INDEX_MAGIC, sizeof(header->magic)) != 0)
		return _("this is not an index");
	if (header->order != INDEX_ORDER)
		return _("the index was written on a machine of another byte order");
	if (header->version != INDEX_VERSION)
		return _("the index has another version");
	if (header->header_sum != XXH3_64bits(header, offsetof(struct index_header, header_sum)))
		return _("the index is damaged (header)");
	/* The bounds keep index_file_bytes() from overflowing; only then does its answer mean something. */
	if (header->count == 0 || header->count == IMAGE_NONE || header->odd_count > header->count ||
	    header->names_bytes > size || header->root_bytes > size || header->options_bytes > size ||
	    header->file_bytes != size || index_file_bytes(header) != size)
		return _("the index is cut short");
	return NULL;
}

static bool check_names(const struct image *image, uint64_t names_bytes)
{
	if (image->name_offset[0] != 0 || image->name_offset[1] != 0 || image->name_offset[image->count] != names_bytes)
		return false;
	for (uint32_t i = 1; i < image->count; i++) {
		uint64_t from = image->name_offset[i], to = image->name_offset[i + 1];

		if (to <= from || to - from > 255 || to > names_bytes)
			return false;
	}
	return !memchr(image->names, '/', names_bytes) && !memchr(image->names, '\0', names_bytes);
}

/* Is `a` < `b` by bytes, shorter first? */
static bool name_less(const struct image *image, uint32_t a, uint32_t b)
{
	uint32_t na = image_name_length(image, a), nb = image_name_length(image, b);
	int order = memcmp(image_name(image, a), image_name(image, b), na < nb ? na : nb);

	return order < 0 || (order == 0 && na < nb);
}

/*
 * Preorder: parents before children, subtrees nested, children in the order of their names and just where they must be.
 */
static bool check_shape(const struct image *image)
{
	uint32_t n = image->count;

	if (image->parent[0] != IMAGE_NONE || image->end[0] != n || image->child_first[0] != 0 ||
	    image->child_first[n] != n - 1)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t first = image->child_first[i], last = image->child_first[i + 1];
		uint32_t at = i + 1, before = 0;

		if (first > last || last > n - 1 || image->end[i] <= i || image->end[i] > n)
			return false;
		for (uint32_t c = first; c < last; c++) {
			uint32_t child = image->children[c];

			/* `at` ≤ end[i] ≤ n: the child is there, and starts where the one before it ended */
			if (child != at || child >= image->end[i] || image->parent[child] != i ||
			    image->end[child] <= child || image->end[child] > image->end[i] ||
			    (before && !name_less(image, before, child)))
				return false;
			before = child;
			at = image->end[child];
		}
		if (at != image->end[i])
			return false;
	}
	return true;
}

static bool check_odd(const struct image *image)
{
	for (uint32_t o = 0; o < image->odd_count; o++)
		if (image->odd[o] >= image->count || (o && image->odd[o] <= image->odd[o - 1]))
			return false;
	return true;
}

static const char *check_body(const struct mapping *mapping, const struct index_header *header)
{
	XXH128_hash_t sum = XXH3_128bits(mapping->file.base + sizeof(*header), mapping->file.bytes - sizeof(*header));

	if (sum.low64 != header->body_sum[0] || sum.high64 != header->body_sum[1])
		return _("the index is damaged (checksum)");
	if (!check_names(&mapping->image, header->names_bytes) || !check_shape(&mapping->image) ||
	    !check_odd(&mapping->image))
		return _("the index is damaged (structure)");
	return NULL;
}

/* The bytes of a section: in the file, or copied to `to`, which moves behind them. */
static const char *place(const char *bytes, size_t n, char **to)
{
	char *copy = *to;

	if (!copy)
		return bytes;
	memcpy(copy, bytes, n);
	*to += index_padded(n);
	return copy;
}

static size_t shape_bytes(const struct index_header *header)
{
	size_t n = index_padded(header->names_bytes);

	for (size_t s = 0; s < INDEX_SECTIONS; s++)
		n += index_sections[s].use == SHAPE ? index_padded(index_section_bytes(s, header)) : 0;
	return n;
}

/* Point the image's arrays to their bytes.  Returns 0 or -ENOMEM. */
static int lay_out(struct mapping *mapping, const struct index_header *header, struct index_meta *meta)
{
	struct image *image = &mapping->image;
	const char *at = mapping->file.base + sizeof(*header);
	char *to = NULL;

	if (mapping->file.guard >= 0) {
		to = mapping->shape = alloc_array(shape_bytes(header), 1);
		if (!to)
			return -ENOMEM;
	}
	image->root_path = alloc_copy(at, header->root_bytes);
	meta->memory = alloc_array((size_t)header->root_bytes + header->options_bytes + 2, 1);
	if (!image->root_path || !meta->memory)
		return -ENOMEM;
	meta->root = memcpy(meta->memory, at, header->root_bytes);
	at += index_padded(header->root_bytes);
	meta->options = memcpy(meta->memory + header->root_bytes + 1, at, header->options_bytes);
	at += index_padded(header->options_bytes);
	for (size_t s = 0; s < INDEX_SECTIONS; s++) {
		const char *bytes = index_sections[s].use == SHAPE ? place(at, index_section_bytes(s, header), &to)
		                                                   : at;

		memcpy((char *)image + index_sections[s].field, &bytes, sizeof(bytes));
		at += index_padded(index_section_bytes(s, header));
	}
	image->names = place(at, header->names_bytes, &to);
	image->count = header->count;
	image->odd_count = header->odd_count;
	image->snapshot_id = meta->snapshot_id = header->snapshot_id;
	image->taken_at = meta->taken_at = header->taken_at;
	image->memory = mapping;
	image->release = release_mapping;
	image->lost = lost_mapping;
	meta->covers_seq = header->covers_seq;
	meta->trusted = header->flags & INDEX_TRUSTED;
	memcpy(meta->database, header->database, sizeof(meta->database));
	return 0;
}

/* Check everything.  What is wrong with it, or NULL with *rc for what the system says. */
static const char *check_file(struct mapping *mapping, const char *root, struct index_meta *meta, int *rc)
{
	/* A copy: what was checked is what is used, even if somebody writes into the file. */
	struct index_header header;
	const char *wrong;

	memcpy(&header, mapping->file.base, sizeof(header));
	wrong = check_header(&header, mapping->file.bytes);
	if (wrong)
		return wrong;
	*rc = lay_out(mapping, &header, meta);
	if (*rc)
		return NULL;
	wrong = check_body(mapping, &header);
	if (!wrong && root && (strlen(root) != header.root_bytes || memcmp(root, meta->root, header.root_bytes) != 0))
		wrong = _("the index is of another folder");
	if (!wrong && mapped_spoiled(&mapping->file))
		wrong = _("the index was changed while it was read");
	return wrong;
}

/* `read`: into memory, however large it is. */
static int open_index(const char *path, const char *root, bool read, struct image **out, struct index_meta *meta,
                      struct err *err)
{
	int rc = 0, folder = index_folder_open(path, false, err);
	int fd = folder < 0 ? folder : index_file_open(folder, path, O_RDONLY, err);
	struct mapping *mapping = NULL;
	const char *wrong = NULL;
	struct stat st;

	*meta = (struct index_meta){0};
	if (folder >= 0)
		close(folder);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		rc = -errno;
	else if ((uint64_t)st.st_size < sizeof(struct index_header))
		wrong = _("this is not an index");
	else if (!(mapping = alloc_zero(struct mapping)))
		rc = -ENOMEM;
	if (mapping) {
		mapping->image.memory = mapping;
		rc = mapped_open(&mapping->file, fd, (size_t)st.st_size, read);
		if (!rc)
			wrong = check_file(mapping, root, meta, &rc);
	}
	close(fd);
	if (!rc && !wrong) {
		*out = &mapping->image;
		return 0;
	}
	rc = wrong ? -EINVAL : rc;
	index_fail(err, rc, path, wrong ? wrong : strerror(-rc));
	if (mapping)
		release_mapping(&mapping->image);
	index_meta_clear(meta);
	return rc;
}

int index_open(const char *path, const char *root, struct image **out, struct index_meta *meta, struct err *err)
{
	return open_index(path, root, false, out, meta, err);
}

bool index_is_of(const struct index_meta *meta, const struct store *store)
{
	static const uint8_t unknown[STORE_ID_BYTES];

	return memcmp(meta->database, store_id(store), STORE_ID_BYTES) == 0 &&
	       memcmp(meta->database, unknown, STORE_ID_BYTES) != 0;
}

int index_of_another(const char *path, struct err *err)
{
	return index_fail(err, -EINVAL, path, _("the index is of another database"));
}

int index_lost(const struct image *image, struct err *err)
{
	return index_fail(err, -EIO, image->root_path, _("the index was changed while it was read"));
}

static int load(const struct store *store, const char *root, bool read, struct image **out, struct index_meta *meta,
                struct err *err)
{
	struct buf path = {0};
	int rc = index_path(store_path(store), root, &path);

	*out = NULL;
	*meta = (struct index_meta){0};
	if (rc)
		err_no_memory(err);
	else if (store_mode(store) == STORE_MEMORY)
		rc = index_fail(err, -ENOENT, path.data, strerror(ENOENT));
	else
		rc = open_index(path.data, root, read, out, meta, err);
	if (!rc && !index_is_of(meta, store)) {
		rc = index_of_another(path.data, err);
		image_free(*out);
		index_meta_clear(meta);
		*out = NULL;
	}
	buf_free(&path);
	return rc;
}

int index_load(const struct store *store, const char *root, struct image **out, struct index_meta *meta,
               struct err *err)
{
	return load(store, root, true, out, meta, err);
}

int index_map(const struct store *store, const char *root, struct image **out, struct index_meta *meta, struct err *err)
{
	return load(store, root, false, out, meta, err);
}
