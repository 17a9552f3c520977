/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/index/index.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/mapped.h"
#include "base/text.h"

/*
 * The file, all numbers in the byte order of the machine that wrote it (another one refuses it):
 *
 *   | header 128 B | root | options | section 0 | section 1 | ... | names |     each padded to 8
 *
 * A section is one array of struct image, in the order of `sections` below.  No offset is stored: every length follows
 * from the number of directories and the counts in the header, so the file's size must come out exactly, and no section
 * can reach outside.
 * The header's checksum covers the header before it, the body's everything behind the header.
 *
 * A file is written once and replaced by renaming, so that who reads the older one keeps it.  Somebody may write into
 * it all the same: so what is walked along (shape, names) is read into memory and checked there, and only figures are
 * looked up in the file itself, where it is large and they are few (mapped.h).
 */

#define INDEX_VERSION 4u
#define INDEX_ORDER 0x01020304u

enum index_flag { INDEX_TRUSTED = 1 << 0 };

struct index_header {
	char magic[8];
	uint32_t version;
	uint32_t order;        /* INDEX_ORDER as the writer's machine lays it out */
	uint64_t file_bytes;
	uint32_t count;        /* directories */
	uint32_t flags;        /* enum index_flag */
	uint64_t names_bytes;
	uint32_t root_bytes;
	uint32_t options_bytes;
	int64_t snapshot_id;
	int64_t taken_at;
	uint64_t covers_seq;
	uint32_t odd_count;
	uint8_t database[STORE_ID_BYTES]; /* store_id() of the one whose index it is */
	uint8_t reserved[12];  /* 0 */
	uint64_t body_sum[2];  /* XXH3-128 */
	uint64_t header_sum;   /* XXH3-64 of the bytes before it */
};

static_assert(sizeof(struct index_header) == 128, "index header");

/* Elements of a section: directories plus this, or the odd ones. */
enum { EACH = 0, ONE_MORE = 1, ONE_LESS = -1, ODD_ONES = 2 };

/* What leads from one place in an image to another must stay as it was checked. */
enum use { FIGURES, SHAPE };

static const struct {
	size_t field;          /* of the pointer in struct image */
	size_t element;        /* bytes */
	int many;
	enum use use;
} sections[] = {
#define SECTION(field, many, use) { offsetof(struct image, field), sizeof(*((struct image *)0)->field), many, use }
	SECTION(parent, EACH, SHAPE),
	SECTION(end, EACH, SHAPE),
	SECTION(child_first, ONE_MORE, SHAPE),
	SECTION(children, ONE_LESS, SHAPE),
	SECTION(name_offset, ONE_MORE, SHAPE),
	SECTION(alloc_bytes, EACH, FIGURES),
	SECTION(apparent_bytes, EACH, FIGURES),
	SECTION(items, EACH, FIGURES),
	SECTION(files, EACH, FIGURES),
	SECTION(fingerprint, EACH, FIGURES),
	SECTION(ino, EACH, FIGURES),
	SECTION(mtime_ns, EACH, FIGURES),
	SECTION(mtime_era, EACH, FIGURES),
	SECTION(ctime, EACH, FIGURES),
	SECTION(birth, EACH, FIGURES),
	SECTION(errors, EACH, FIGURES),
	SECTION(newest, EACH, FIGURES),
	SECTION(child_count, EACH, FIGURES),
	SECTION(fs, EACH, SHAPE),
	SECTION(flags, EACH, FIGURES),
	SECTION(odd, ODD_ONES, SHAPE),
	SECTION(odd_bytes, ODD_ONES, FIGURES),
#undef SECTION
};

#define SECTIONS (sizeof(sections) / sizeof(*sections))

static const char padding[8];

static size_t padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static size_t section_bytes(size_t s, const struct index_header *header)
{
	size_t many = sections[s].many == ODD_ONES ? header->odd_count
	                                           : (size_t)header->count + (size_t)(ptrdiff_t)sections[s].many;

	return many * sections[s].element;
}

static const void *section_data(const struct image *image, size_t s)
{
	const void *data;

	memcpy(&data, (const char *)image + sections[s].field, sizeof(data));
	return data;
}

void index_meta_clear(struct index_meta *meta)
{
	free(meta->root);
	free(meta->options);
	*meta = (struct index_meta){0};
}

/* "path: what" with the path made safe. */
static int fail(struct err *err, int code, const char *path, const char *what)
{
	struct buf safe = {0};

	text_safe(&safe, path, strlen(path), false);
	err_set(err, code, "%s: %s", safe.data ? safe.data : "index", what);
	buf_free(&safe);
	return code;
}

/* ---- writing ---- */

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

	return rc < 0 || padded(n) == n ? rc : put(out, padding, padded(n) - n);
}

static int put_body(struct output *out, const struct image *image, const struct index_meta *meta,
                    const struct index_header *header)
{
	int rc = put_padded(out, meta->root, header->root_bytes);

	if (rc == 0)
		rc = put_padded(out, meta->options, header->options_bytes);
	for (size_t s = 0; rc == 0 && s < SECTIONS; s++)
		rc = put_padded(out, section_data(image, s), section_bytes(s, header));
	if (rc == 0)
		rc = put_padded(out, image->names, header->names_bytes);
	return rc == 0 && out->used ? write_all(out->fd, out->buffer, out->used) : rc;
}

static uint64_t file_bytes(const struct index_header *header)
{
	uint64_t n = sizeof(*header) + padded(header->root_bytes) + padded(header->options_bytes);

	for (size_t s = 0; s < SECTIONS; s++)
		n += padded(section_bytes(s, header));
	return n + padded(header->names_bytes);
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
	struct output out = { .fd = fd, .buffer = alloc_array(OUTPUT_BYTES, 1), .sum = XXH3_createState() };
	int rc = -ENOMEM;

	if (!out.buffer || !out.sum)
		goto done;
	memcpy(header.database, meta->database, sizeof(header.database));
	header.file_bytes = file_bytes(&header);
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
		rc = fail(err, -ENOMEM, path, strerror(ENOMEM));
		goto done;
	}
	const char *new = index_file_name(temporary.data);

	/* What is left of a crash is no one's: the lock's holder is the only writer. */
	if (unlinkat(folder, new, 0) < 0 && errno != ENOENT) {
		rc = fail(err, -errno, path, strerror(errno));
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
		fail(err, rc, path, strerror(-rc));
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

/* ---- reading ---- */

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
	/* The bounds keep file_bytes() from overflowing; only then does its answer mean something. */
	if (header->count == 0 || header->count == IMAGE_NONE || header->odd_count > header->count ||
	    header->names_bytes > size || header->root_bytes > size || header->options_bytes > size ||
	    header->file_bytes != size || file_bytes(header) != size)
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

/* Where the bytes of a section are: in the file, or copied to `to`, which moves on. */
static const char *settle(const char *bytes, size_t n, char **to)
{
	char *copy = *to;

	if (!copy)
		return bytes;
	memcpy(copy, bytes, n);
	*to += padded(n);
	return copy;
}

static size_t shape_bytes(const struct index_header *header)
{
	size_t n = padded(header->names_bytes);

	for (size_t s = 0; s < SECTIONS; s++)
		n += sections[s].use == SHAPE ? padded(section_bytes(s, header)) : 0;
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
	meta->root = alloc_copy(at, header->root_bytes);
	at += padded(header->root_bytes);
	meta->options = alloc_copy(at, header->options_bytes);
	at += padded(header->options_bytes);
	for (size_t s = 0; s < SECTIONS; s++) {
		const char *bytes = sections[s].use == SHAPE ? settle(at, section_bytes(s, header), &to) : at;

		memcpy((char *)image + sections[s].field, &bytes, sizeof(bytes));
		at += padded(section_bytes(s, header));
	}
	image->names = settle(at, header->names_bytes, &to);
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
	return image->root_path && meta->root && meta->options ? 0 : -ENOMEM;
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
	fail(err, rc, path, wrong ? wrong : strerror(-rc));
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
	return fail(err, -EINVAL, path, _("the index is of another database"));
}

int index_lost(const struct image *image, struct err *err)
{
	return fail(err, -EIO, image->root_path, _("the index was changed while it was read"));
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
		rc = fail(err, -ENOENT, path.data, strerror(ENOENT));
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
