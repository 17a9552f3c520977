/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/causes/free_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/remove/extents.h"
#include "store/causes/causes_walk.h"
#include "store/diff/diff_walk.h"

#define EXTENTS_LEAST (UINT64_C(1) << 20) /* of smaller files extents are not looked at */
#define PATHS_MOST 100                    /* told of a step */
#define LITTLE_SHARE 100                  /* of what a path holds: less is not worth its command */
#define SMALL_SHARE 1000                  /* of what is wanted: steps that free less come behind all others */

/* Places that one command is for: all of a cause, or one. */
struct candidate {
	const struct cause_rule *rule;
	uint32_t line;
	uint32_t place; /* the only one; PLACE_NONE = all of the line */
	uint64_t bytes; /* held */
	int64_t newest_s;
	bool small; /* next to what is wanted: a hundred commands for a thousandth help nobody */
};

struct within;

struct planner {
	struct now now;
	struct within *within; /* of each place */
	bool may_share;        /* the folder lies on a file system whose files can share extents */
	struct candidate *items;
	size_t count, capacity, step_capacity, personal_capacity;
	struct free_plan *out;
};

static bool needs_path(const struct cause_rule *rule)
{
	return strstr(rule->command, "{}") || strstr(rule->command, "{..}");
}

/* Of each place, what lies in it: whether another cause has some of that, and the bytes of places. */
struct within {
	bool others;
	uint64_t bytes;
};

static uint32_t first_dir(const struct now *now, const struct cause_place *place)
{
	return place->dir > now->top ? place->dir : now->top;
}

static uint64_t total_of(const struct now *now, const struct cause_place *place)
{
	return place->file ? (uint64_t)place->bytes : now->side->image->alloc_bytes[first_dir(now, place)];
}

static int find_within(struct planner *planner)
{
	const struct places *places = &planner->now.places;

	planner->within = alloc_array(places->count, sizeof(*planner->within));
	if (!planner->within)
		return -ENOMEM;
	for (size_t i = 1; i < places->count; i++) {
		const struct cause_place *place = &places->items[i];
		struct within *around = &planner->within[place->parent];

		around->bytes += total_of(&planner->now, place);
		around->others |= place->line != places->items[place->parent].line && place->bytes;
	}
	return 0;
}

static int add_candidate(struct planner *planner, struct candidate candidate)
{
	if (alloc_room(&planner->items, &planner->capacity, planner->count + 1))
		return -ENOMEM;
	planner->items[planner->count++] = candidate;
	return 0;
}

static int find_candidates(struct planner *planner)
{
	const struct places *places = &planner->now.places;
	size_t *of_line = alloc_array(places->line_count + 1, sizeof(*of_line)); /* number + 1 */
	int rc = of_line ? 0 : -ENOMEM;

	for (uint32_t i = 1; !rc && i < places->count; i++) {
		const struct cause_place *place = &places->items[i];
		const struct cause_rule *rule = place_rule(places, i);
		bool each = rule->command && needs_path(rule);

		if (!rule->command || place->bytes <= 0 || place->above || place->dir < planner->now.top)
			continue;
		if (!each && of_line[place->line]) {
			struct candidate *known = &planner->items[of_line[place->line] - 1];

			known->bytes += (uint64_t)place->bytes;
			known->newest_s = place->newest_s > known->newest_s ? place->newest_s : known->newest_s;
			continue;
		}
		/* A path that is deleted takes along what lies in it. */
		if (each && planner->within[i].others)
			continue;
		rc = add_candidate(planner, (struct candidate){.rule = rule,
		                                               .line = place->line,
		                                               .place = each ? i : PLACE_NONE,
		                                               .bytes = (uint64_t)place->bytes,
		                                               .newest_s = place->newest_s});
		of_line[place->line] = planner->count;
	}
	free(of_line);
	return rc;
}

static bool is_certain(const struct candidate *candidate)
{
	return !candidate->rule->some && candidate->rule->class < CAUSE_SERVICE;
}

static int by_danger(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (is_certain(a) != is_certain(b))
		return is_certain(a) ? -1 : 1;
	if (a->small != b->small)
		return a->small ? 1 : -1;
	if (a->rule->class != b->rule->class)
		return a->rule->class < b->rule->class ? -1 : 1;
	/* What nobody knows the age of may be new. */
	if (a->newest_s != b->newest_s)
		return (uint64_t)a->newest_s - 1 < (uint64_t)b->newest_s - 1 ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

/* ---- what comes back ---- */

struct held {
	uint64_t ino, bytes;
	uint32_t nlink, place;
	uint16_t fs;
};

struct held_list {
	struct held *items;
	size_t count, capacity;
};

static int by_inode(const void *left, const void *right)
{
	const struct held *a = left, *b = right;

	if (a->fs != b->fs)
		return a->fs < b->fs ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

/* What of a file that lies there now is in extents of others, too; 0 where it cannot be looked at. */
static uint64_t shared_in(const struct planner *planner, uint32_t dir, const struct file_entry *entry)
{
	struct buf path = {0};
	struct statfs fs;
	struct stat st;
	uint64_t bytes = 0;
	int fd = -1;

	if (entry->type != NODE_REG || entry->nlink > 1 || entry->alloc_bytes < EXTENTS_LEAST || !planner->may_share)
		return 0;
	diff_image_path(planner->now.side->image, dir, &path);
	buf_char(&path, '/');
	buf_add(&path, entry->name, entry->name_length);
	if (!path.failed)
		fd = open(path.data, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && !fstatfs(fd, &fs) &&
	    extents_may_share((uint64_t)fs.f_type))
		bytes = extents_shared(fd, planner->now.query->cancel);
	if (fd >= 0)
		close(fd);
	buf_free(&path);
	return bytes < entry->alloc_bytes ? bytes : entry->alloc_bytes;
}

/* The linked inodes of a place's directories; *shared grows by what other files hold as well. */
static int gather_held(struct planner *planner, uint32_t at, struct held_list *out, uint64_t *shared)
{
	struct now *now = &planner->now;
	const struct image *image = now->side->image;
	const struct cause_place *place = &now->places.items[at];
	uint32_t first = first_dir(now, place);
	int rc = 0;

	for (uint32_t dir = first; !rc && !place->file && dir < image->end[first]; dir++) {
		const struct file_list *list;

		if (now->place_of[dir - now->top] != at)
			continue;
		rc = cause_list(now->side, dir, &list, now->places.err);
		for (size_t i = 0; !rc && i < list->count; i++) {
			const struct file_entry *entry = &list->items[i];

			*shared += shared_in(planner, dir, entry);
			if (entry->nlink < 2)
				continue;
			if (alloc_room(&out->items, &out->capacity, out->count + 1))
				return -ENOMEM;
			out->items[out->count++] = (struct held){entry->ino, entry->alloc_bytes, entry->nlink, at,
			                                         image->fs[dir]};
		}
		if (causes_cancelled(now->query))
			rc = -ECANCELED;
	}
	return rc;
}

static uint32_t first_place(const struct candidate *candidate)
{
	return candidate->place != PLACE_NONE ? candidate->place : 1;
}

static uint32_t last_place(const struct candidate *candidate, const struct places *places)
{
	return candidate->place != PLACE_NONE ? candidate->place + 1 : (uint32_t)places->count;
}

/* What deleting the candidate's places gives back. */
static int reckon(struct planner *planner, const struct candidate *candidate, uint64_t *bytes)
{
	const struct places *places = &planner->now.places;
	struct held_list held = {0};
	uint64_t shared = 0;
	int rc = 0;

	*bytes = 0;
	for (uint32_t i = first_place(candidate); !rc && i < last_place(candidate, places); i++) {
		if (places->items[i].line != candidate->line)
			continue;
		/* Each inode once, whoever else names it. */
		*bytes += total_of(&planner->now, &places->items[i]) - planner->within[i].bytes;
		rc = gather_held(planner, i, &held, &shared);
	}
	if (!rc && held.count)
		qsort(held.items, held.count, sizeof(*held.items), by_inode);
	for (size_t i = 0, end; !rc && i < held.count; i = end) {
		uint64_t counted = 1, names = 1;

		for (end = i + 1; end < held.count && held.items[end].ino == held.items[i].ino &&
		                  held.items[end].fs == held.items[i].fs;
		     end++) {
			names++;
			counted += held.items[end].place != held.items[end - 1].place;
		}
		/* Once if all its names go, else never. */
		*bytes -= held.items[i].bytes * (counted - (names >= held.items[i].nlink));
	}
	free(held.items);
	*bytes -= shared;
	if ((int64_t)*bytes < 0)
		*bytes = 0;
	return rc;
}

/* ---- steps ---- */

static char *path_of(const struct planner *planner, uint32_t at)
{
	const struct now *now = &planner->now;
	const struct cause_place *place = &now->places.items[at];
	struct buf out = {0};

	diff_image_path(now->side->image, first_dir(now, place), &out);
	if (place->file) {
		buf_char(&out, '/');
		buf_add(&out, place->file, place->file_length);
	}
	if (out.failed)
		buf_free(&out);
	return out.data;
}

static int add_paths(const struct planner *planner, const struct candidate *candidate, struct free_step *step)
{
	const struct places *places = &planner->now.places;

	step->paths = alloc_array(PATHS_MOST, sizeof(*step->paths));
	if (!step->paths)
		return -ENOMEM;
	for (uint32_t i = first_place(candidate); i < last_place(candidate, places); i++) {
		if (places->items[i].line != candidate->line || !places->items[i].bytes)
			continue;
		if (step->path_count == PATHS_MOST) {
			step->omitted_paths++;
			continue;
		}
		step->paths[step->path_count] = path_of(planner, i);
		if (!step->paths[step->path_count++])
			return -ENOMEM;
	}
	return 0;
}

static int add_step(struct planner *planner, const struct candidate *candidate, uint64_t frees)
{
	struct free_plan *out = planner->out;
	struct buf command = {0};
	struct free_step *step;
	int rc;

	if (alloc_room(&out->steps, &planner->step_capacity, out->count + 1))
		return -ENOMEM;
	step = &out->steps[out->count++];
	*step = (struct free_step){.rule = candidate->rule,
	                           .name = alloc_text(planner->now.places.lines[candidate->line].name),
	                           .known = is_certain(candidate),
	                           .frees_bytes = frees,
	                           .holds_bytes = candidate->bytes,
	                           .newest_s = candidate->newest_s,
	                           .newest_exact = planner->now.line_exact[candidate->line]};
	rc = add_paths(planner, candidate, step);
	if (!rc)
		rc = cause_command(&command, candidate->rule, step->path_count ? step->paths[0] : "");
	step->command = command.data;
	if (step->known) {
		out->known_count++;
		out->reached_bytes += frees;
	}
	return !step->name || command.failed ? -ENOMEM : rc;
}

static int by_bytes(const void *left, const void *right)
{
	const struct free_personal *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return strcmp(a->path, b->path);
}

static int add_personal(struct planner *planner)
{
	const struct places *places = &planner->now.places;
	struct free_plan *out = planner->out;

	for (uint32_t i = 1; i < places->count; i++) {
		const struct cause_place *place = &places->items[i];

		if (place_rule(places, i)->class != CAUSE_PERSONAL || place->bytes <= 0)
			continue;
		if (alloc_room(&out->personal, &planner->personal_capacity, out->personal_count + 1))
			return -ENOMEM;
		out->personal[out->personal_count++] = (struct free_personal){
			.rule = place_rule(places, i),
			.name = alloc_text(places->lines[place->line].name),
			.path = path_of(planner, i),
			.bytes = (uint64_t)place->bytes};
		if (!out->personal[out->personal_count - 1].name || !out->personal[out->personal_count - 1].path)
			return -ENOMEM;
	}
	if (out->personal_count)
		qsort(out->personal, out->personal_count, sizeof(*out->personal), by_bytes);
	while (out->personal_count > FREE_PERSONAL_MOST) {
		free(out->personal[--out->personal_count].name);
		free(out->personal[out->personal_count].path);
	}
	return 0;
}

static bool lies_on_sharing(const struct planner *planner)
{
	struct buf path = {0};
	struct statfs fs;
	bool may;

	diff_image_path(planner->now.side->image, planner->now.top, &path);
	may = !path.failed && !statfs(path.data, &fs) && extents_may_share((uint64_t)fs.f_type);
	buf_free(&path);
	return may;
}

static int plan(struct planner *planner, uint64_t wanted)
{
	struct free_plan *out = planner->out;
	int rc = find_within(planner);

	planner->may_share = lies_on_sharing(planner);
	if (!rc)
		rc = find_candidates(planner);
	for (size_t i = 0; i < planner->count; i++)
		planner->items[i].small = planner->items[i].bytes < wanted / SMALL_SHARE;
	if (!rc && planner->count)
		qsort(planner->items, planner->count, sizeof(*planner->items), by_danger);
	for (size_t i = 0; !rc && i < planner->count && out->reached_bytes < wanted; i++) {
		uint64_t frees;

		rc = reckon(planner, &planner->items[i], &frees);
		/* Next to nothing of it comes back: no step. */
		if (!rc && frees && frees >= planner->items[i].bytes / LITTLE_SHARE)
			rc = add_step(planner, &planner->items[i], frees);
	}
	if (!rc && out->reached_bytes < wanted)
		rc = add_personal(planner);
	return rc;
}

int free_plan_make(const struct causes_query *query, uint64_t wanted_bytes, struct free_plan *out, struct err *err)
{
	struct planner planner = {.out = out};
	int rc;

	*out = (struct free_plan){0};
	if (err)
		err->text[0] = '\0';
	rc = now_begin(&planner.now, query, query->b, query->prefix_b, err);
	if (!rc)
		rc = plan(&planner, wanted_bytes);
	now_end(&planner.now);
	free(planner.items);
	free(planner.within);
	if (!rc)
		return 0;
	free_plan_clear(out);
	return diff_failed(rc, err);
}

void free_plan_clear(struct free_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		for (size_t k = 0; k < plan->steps[i].path_count; k++)
			free(plan->steps[i].paths[k]);
		free(plan->steps[i].paths);
		free(plan->steps[i].name);
		free(plan->steps[i].command);
	}
	for (size_t i = 0; i < plan->personal_count; i++) {
		free(plan->personal[i].name);
		free(plan->personal[i].path);
	}
	free(plan->steps);
	free(plan->personal);
	*plan = (struct free_plan){0};
}
