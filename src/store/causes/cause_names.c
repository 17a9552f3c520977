/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/causes/cause_names.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

#define PATHS_NAMED 100   /* of each cause: what is seen */
#define FILES_LOOKED 2000 /* in a folder that is searched */

/* The text behind `key` up to the quote that ends it: of a value in JSON or in Steam's format. */
static char *value_behind(const char *text, const char *key)
{
	const char *at = text ? strstr(text, key) : NULL;

	if (!at)
		return NULL;
	at += strlen(key);
	at += strspn(at, " \t:\"/");
	size_t length = strcspn(at, "\"\n");

	return length ? alloc_copy(at, length) : NULL;
}

static char *read_value(const char *path, const char *key)
{
	struct buf text = {0};
	char *value = file_read_text(path, &text, NULL) ? NULL : value_behind(text.data, key);

	buf_free(&text);
	return value;
}

/* The first entry of a folder that `fits`, which is asked with its path; its name, or NULL. */
static char *find_entry(const char *folder, bool (*fits)(const char *path, const char *name, const char *wanted),
                        const char *wanted)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char *found = NULL;

	if (!dir)
		return NULL;
	for (int i = 0; !found && i < FILES_LOOKED && (entry = readdir(dir)); i++) {
		char *path = entry->d_name[0] == '.' ? NULL : alloc_print("%s/%s", folder, entry->d_name);

		if (path && fits(path, entry->d_name, wanted))
			found = alloc_text(entry->d_name);
		free(path);
	}
	closedir(dir);
	return found;
}

static bool file_holds(const char *path, const char *wanted)
{
	struct buf text = {0};
	bool holds = !file_read_text(path, &text, NULL) && text.data && strstr(text.data, wanted);

	buf_free(&text);
	return holds;
}

static bool holds_wanted(const char *path, const char *name, const char *wanted)
{
	return file_holds(path, wanted);
}

/* ---- Docker ---- */

static bool mounts_layer(const char *path, const char *name, const char *wanted)
{
	char *file = alloc_print("%s/mount-id", path);
	bool is = file && file_holds(file, wanted);

	free(file);
	return is;
}

static bool caches_layer(const char *path, const char *name, const char *wanted)
{
	char *file = alloc_print("%s/cache-id", path);
	bool is = file && file_holds(file, wanted);

	free(file);
	return is;
}

static char *container_name(const char *docker, const char *container)
{
	char *path = alloc_print("%s/containers/%s/config.v2.json", docker, container);
	char *name = path ? read_value(path, "\"Name\"") : NULL,
	     *told = name ? alloc_print("container %s", name) : NULL;

	free(path);
	free(name);
	return told;
}

/* By the layer's difference to the image that is made of it, and that one's name. */
static char *image_name_of(const char *docker, const char *chain)
{
	char *path = alloc_print("%s/image/overlay2/layerdb/sha256/%s/diff", docker, chain),
	     *images = alloc_print("%s/image/overlay2/imagedb/content/sha256", docker),
	     *names = alloc_print("%s/image/overlay2/repositories.json", docker), *image = NULL, *told = NULL;
	struct buf diff = {0}, text = {0};

	if (path && images && names && !file_read_text(path, &diff, NULL) && diff.length)
		image = find_entry(images, holds_wanted, diff.data);
	if (image && !file_read_text(names, &text, NULL) && text.data) {
		char *wanted = alloc_print("\":\"sha256:%s\"", image), *at = wanted ? strstr(text.data, wanted) : NULL,
		     *begin = at;

		while (begin && begin > text.data && begin[-1] != '"')
			begin--;
		if (at && begin < at)
			told = alloc_print("image %.*s", (int)(at - begin), begin);
		free(wanted);
	}
	if (image && !told)
		told = alloc_print("image %.12s", image);
	free(path);
	free(images);
	free(names);
	free(image);
	buf_free(&diff);
	buf_free(&text);
	return told;
}

static char *layer_name(const char *docker, const char *layer)
{
	char *mounts = alloc_print("%s/image/overlay2/layerdb/mounts", docker),
	     *layers = alloc_print("%s/image/overlay2/layerdb/sha256", docker);
	char *container = mounts ? find_entry(mounts, mounts_layer, layer) : NULL;
	char *chain = layers && !container ? find_entry(layers, caches_layer, layer) : NULL;
	char *told = container ? container_name(docker, container) : chain ? image_name_of(docker, chain) : NULL;

	free(mounts);
	free(layers);
	free(container);
	free(chain);
	return told;
}

/* ---- pods, games, models ---- */

static bool ends_with_id(const char *path, const char *name, const char *wanted)
{
	size_t length = strlen(name), tail = strlen(wanted);

	return length > tail + 1 && name[length - tail - 1] == '_' && !strcmp(name + length - tail, wanted);
}

/* `NAMESPACE_NAME_UID` in the folder of logs. */
static char *pod_name(const char *var, const char *uid)
{
	char *logs = alloc_print("%s/log/pods", var), *name = logs ? find_entry(logs, ends_with_id, uid) : NULL, *first;

	free(logs);
	if (!name)
		return NULL;
	name[strlen(name) - strlen(uid) - 1] = '\0';
	first = strchr(name, '_');
	if (first)
		*first = '/';
	return name;
}

static char *game_name(const char *steamapps, const char *id)
{
	char *path = alloc_print("%s/appmanifest_%s.acf", steamapps, id),
	     *name = path ? read_value(path, "\"name\"") : NULL;

	free(path);
	return name;
}

/* `models--ORG--NAME` */
static char *hub_name(const char *name)
{
	const char *org = strstr(name, "--"), *rest = org ? strstr(org + 2, "--") : NULL;

	if (!org)
		return NULL;
	return rest ? alloc_print("%.*s/%s", (int)(rest - org - 2), org + 2, rest + 2) : alloc_text(org + 2);
}

/* The manifest that names a blob, by model and tag: three folders deep. */
static char *find_manifest(const char *folder, const char *digest, int depth)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char *found = NULL;

	if (!dir)
		return NULL;
	for (int i = 0; !found && i < FILES_LOOKED && (entry = readdir(dir)); i++) {
		char *path = entry->d_name[0] == '.' ? NULL : alloc_print("%s/%s", folder, entry->d_name);

		if (path && depth)
			found = find_manifest(path, digest, depth - 1);
		else if (path && file_holds(path, digest))
			found = alloc_print("%s:%s", strrchr(folder, '/') + 1, entry->d_name);
		free(path);
	}
	closedir(dir);
	return found;
}

static char *blob_name(const char *models, const char *blob)
{
	char *digest = alloc_text(blob), *dash = digest ? strchr(digest, '-') : NULL,
	     *manifests = alloc_print("%s/manifests", models), *found = NULL;

	if (dash)
		*dash = ':'; /* sha256-… is a file's name, sha256:… the digest's */
	if (dash && manifests)
		found = find_manifest(manifests, digest, 3);
	free(digest);
	free(manifests);
	return found;
}

/* ---- by the place of a path ---- */

/* Does the path end in `/MIDDLE/NAME`?  *head = what stands before, the caller's; *name points into the path. */
static bool lies_in(const char *path, const char *middle, char **head, const char **name)
{
	const char *slash = strrchr(path, '/');
	size_t length = strlen(middle), above = slash ? (size_t)(slash - path) : 0;

	if (above < length + 1 || path[above - length - 1] != '/' || strncmp(path + above - length, middle, length))
		return false;
	*head = alloc_copy(path, above - length - 1);
	*name = slash + 1;
	return *head;
}

static char *name_of(const char *path)
{
	const char *name;
	char *head, *told;

	if (lies_in(path, "huggingface/hub", &head, &name))
		told = hub_name(name);
	else if (lies_in(path, "overlay2", &head, &name))
		told = layer_name(head, name);
	else if (lies_in(path, "lib/kubelet/pods", &head, &name))
		told = pod_name(head, name);
	else if (lies_in(path, "compatdata", &head, &name) || lies_in(path, "shadercache", &head, &name))
		told = game_name(head, name);
	else if (lies_in(path, "models/blobs", &head, &name)) {
		char *models = alloc_print("%s/models", head);

		told = models ? blob_name(models, name) : NULL;
		free(models);
	} else
		return NULL;
	free(head);
	return told;
}

void cause_names_add(struct causes *causes)
{
	for (size_t i = 0; i < causes->count; i++)
		for (size_t k = 0; k < causes->lines[i].path_count && k < PATHS_NAMED; k++)
			causes->lines[i].paths[k].name = name_of(causes->lines[i].paths[k].path);
}
