/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/output.h"

void options_init(struct options *options)
{
	*options = (struct options){
		.color = COLOR_DEFAULT,
		.show_percent = TRI_DEFAULT,
		.compress = TRI_DEFAULT,
		.compress_level = 4,
		.du_unit = 1024,
		.store = 1,
		.prune = 1,
		.prefetch = 1,
		.top = -1,
		.min_delta = -1,
		.min_size = -1,
		.depth = -1,
		.older_than_s = -1,
		.backend = -1,
		.debounce_ms = 250,
		.flush_s = 3600,
		.can_shell = TRI_DEFAULT,
		.can_delete = TRI_DEFAULT,
		.can_refresh = TRI_DEFAULT,
		.show_hidden = 1,
		.show_graph = 1,
		.graph_style = STYLE_EIGHTH,
		.shared = SHARED_OFF,
		.sort = SORT_SIZE,
		.sort_descending = 1,
		.natural = 1,
		.confirm_delete = 1,
	};
}

void options_free(struct options *options)
{
	for (size_t i = 0; i < options->kept_count; i++)
		free(options->kept[i]);
	free(options->kept);
	free(options->words);
	free(options->exclusions);
	options_init(options);
}

static int *int_field(struct options *options, size_t field)
{
	return (int *)(void *)((char *)options + field);
}

static int refuse_value(const struct option *option, const char *value, const char *wanted, struct err *err)
{
	struct buf safe = {0};

	if (option->name)
		err_set(err, -EINVAL, _("--%s: '%s' is not %s"), option->name, output_safe(&safe, value), wanted);
	else
		err_set(err, -EINVAL, _("-%c: '%s' is not %s"), option->letter, output_safe(&safe, value), wanted);
	buf_free(&safe);
	return -EINVAL;
}

static int add_exclusion(struct options *options, struct option_exclusion exclusion, struct err *err)
{
	if (alloc_room(&options->exclusions, &options->exclusion_capacity, options->exclusion_count + 1))
		return err_no_memory(err);
	options->exclusions[options->exclusion_count++] = exclusion;
	return 0;
}

static int set_number(struct options *options, const struct option *option, const char *value, struct err *err)
{
	char wanted[96], *end;

	errno = 0;
	long n = strtol(value, &end, 10);

	if (*value >= '0' && *value <= '9' && !*end && !errno && n >= option->on && n <= option->off) {
		*int_field(options, option->field) = (int)n;
		return 0;
	}
	if (option->off == INT_MAX)
		snprintf(wanted, sizeof(wanted), _("a number from %d on"), option->on);
	else
		snprintf(wanted, sizeof(wanted), _("a number from %d to %d"), option->on, option->off);
	return refuse_value(option, value, wanted, err);
}

static int set_choice(struct options *options, const struct option *option, const char *value, struct err *err)
{
	for (const struct option_choice *choice = option->choices; choice->name; choice++)
		if (!strcmp(choice->name, value)) {
			*int_field(options, option->field) = choice->value;
			return 0;
		}
	return refuse_value(option, value, option->argument, err);
}

/* Names and times go up when no direction is said, as in ncdu, what is counted goes down. */
static int set_sort(struct options *options, const struct option *option, const char *value, struct err *err)
{
	for (const struct option_choice *column = option->choices; column->name; column++) {
		size_t length = strlen(column->name);
		const char *order = value + length;

		if (strncmp(value, column->name, length))
			continue;
		bool ascending = !strcmp(order, "-asc"), descending = !strcmp(order, "-desc");

		if (*order && !ascending && !descending)
			continue;
		options->sort = column->value;
		options->sort_descending =
			*order ? descending : column->value != SORT_NAME && column->value != SORT_MTIME;
		/* There is one size column: sorted by apparent size it has to show it. */
		if (!strcmp(column->name, "apparent-size"))
			options->apparent = 1;
		return 0;
	}
	return refuse_value(option, value, _("a column to sort by"), err);
}

static int apply(struct options *options, const struct option *option, const char *value, bool opposite, bool forgiving,
                 struct err *err)
{
	void *field = (char *)options + option->field;

	switch (option->kind) {
	case OPTION_SET:
		*(int *)field = opposite ? option->off : option->on;
		return 0;
	case OPTION_COUNT:
		++*(int *)field;
		return 0;
	case OPTION_TEXT:
	case OPTION_FILE:
		if (!*value)
			return refuse_value(option, value, option->argument, err);
		*(const char **)field = value;
		return 0;
	case OPTION_NUMBER:
		return set_number(options, option, value, err);
	case OPTION_SIZE: {
		uint64_t bytes;

		if (text_parse_size(value, &bytes) || bytes > INT64_MAX)
			return refuse_value(option, value, _("a size such as 10M, 1.5GiB or 4096"), err);
		*(int64_t *)field = (int64_t)bytes;
		return 0;
	}
	case OPTION_DURATION: {
		int64_t seconds;

		if (text_parse_duration(value, &seconds))
			return refuse_value(option, value, _("a time such as 90s, 15m, 24h, 7d, 2w, 3mo or 1y"), err);
		*(int64_t *)field = seconds;
		return 0;
	}
	case OPTION_CHOICE:
		return set_choice(options, option, value, err);
	case OPTION_SORT:
		return set_sort(options, option, value, err);
	case OPTION_PATTERN:
	case OPTION_PATTERNS:
		return add_exclusion(options,
		                     (struct option_exclusion){value, option->kind == OPTION_PATTERNS, forgiving}, err);
	case OPTION_IGNORE_CONFIG: /* options_glance() has seen these */
	case OPTION_HELP:
	case OPTION_VERSION:
		return 0;
	}
	return 0;
}

/* ---- the command line ---- */

/* Walks the words of a command line, one option or bare word at a time. */
struct walk {
	char *const *argv;
	int argc, at;
	const char *cluster; /* rest of `-xe…`, or NULL */
	bool plain;          /* behind `--` */
};

struct step {
	const char *word;            /* a bare word, or NULL for an option */
	bool plain;
	const struct option *option;
	bool opposite;
	const char *value;
};

static const struct option *find_letter(char letter)
{
	for (const struct option *option = option_table; option->name || option->letter; option++)
		if (letter && option->letter == letter)
			return option;
	return NULL;
}

static const struct option *find_name(const char *name, size_t length, bool *opposite)
{
	for (const struct option *option = option_table; option->name || option->letter; option++) {
		const char *names[2] = {option->name, option->opposite};

		for (int i = 0; i < 2; i++)
			if (names[i] && strlen(names[i]) == length && !memcmp(names[i], name, length)) {
				*opposite = i == 1;
				return option;
			}
	}
	return NULL;
}

static int unknown(const char *text, struct err *err)
{
	struct buf safe = {0};

	err_set(err, -EINVAL, _("unknown option %s"), output_safe(&safe, text));
	buf_free(&safe);
	return -EINVAL;
}

static int missing(const struct option *option, struct err *err)
{
	if (option->name)
		return err_set(err, -EINVAL, _("--%s needs an argument: %s"), option->name, option->argument);
	return err_set(err, -EINVAL, _("-%c needs an argument: %s"), option->letter, option->argument);
}

static int step_letter(struct walk *walk, struct step *out, struct err *err)
{
	char letter = *walk->cluster++;
	char text[3] = {'-', letter, 0};

	if (!*walk->cluster)
		out->value = NULL;
	out->option = find_letter(letter);
	if (!out->option)
		return unknown(text, err);
	if (out->option->argument) {
		if (*walk->cluster)
			out->value = walk->cluster;
		else if (walk->at < walk->argc)
			out->value = walk->argv[walk->at++];
		else
			return missing(out->option, err);
		walk->cluster = NULL;
	} else if (!*walk->cluster) {
		walk->cluster = NULL;
	}
	return 1;
}

static int step_name(struct walk *walk, const char *word, struct step *out, struct err *err)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);

	out->option = find_name(name, length, &out->opposite);
	if (!out->option)
		return unknown(word, err);
	if (!out->option->argument) {
		if (equals)
			return err_set(err, -EINVAL, _("--%.*s takes no argument"), (int)length, name);
		return 1;
	}
	if (equals)
		out->value = equals + 1;
	else if (walk->at < walk->argc)
		out->value = walk->argv[walk->at++];
	else
		return missing(out->option, err);
	return 1;
}

/* 1: a step, 0: the end, -EINVAL with a sentence. */
static int walk_next(struct walk *walk, struct step *out, struct err *err)
{
	*out = (struct step){0};
	if (walk->cluster)
		return step_letter(walk, out, err);
	if (walk->at >= walk->argc)
		return 0;
	const char *word = walk->argv[walk->at++];

	if (!walk->plain && !strcmp(word, "--")) {
		walk->plain = true;
		return walk_next(walk, out, err);
	}
	if (walk->plain || word[0] != '-' || !word[1]) {
		out->word = word;
		out->plain = walk->plain;
		return 1;
	}
	if (word[1] == '-')
		return step_name(walk, word, out, err);
	walk->cluster = word + 1;
	return step_letter(walk, out, err);
}

void options_glance(int argc, char *const argv[], struct options_glance *out)
{
	struct walk walk = {.argv = argv, .argc = argc, .at = 1};
	struct step step;
	bool first = true;

	*out = (struct options_glance){0};
	while (walk_next(&walk, &step, NULL) > 0) {
		if (step.word) {
			if (first && !step.plain)
				out->word = step.word;
			else if (!out->path)
				out->path = step.word;
			first = false;
			continue;
		}
		out->help |= step.option->kind == OPTION_HELP;
		out->version |= step.option->kind == OPTION_VERSION;
		out->ignore_config |= step.option->kind == OPTION_IGNORE_CONFIG;
		out->json |= step.option->kind == OPTION_SET && step.option->field == offsetof(struct options, json);
	}
}

static int add_word(struct options *options, const char *word, struct err *err)
{
	if (alloc_room(&options->words, &options->word_capacity, options->word_count + 1))
		return err_no_memory(err);
	options->words[options->word_count++] = word;
	return 0;
}

static int refuse_place(const struct step *step, const char *command, struct err *err)
{
	const struct option *option = step->option;
	char letter[2] = {option->letter, 0};
	const char *dashes = option->name ? "--" : "-";
	const char *name = step->opposite ? option->opposite : option->name ? option->name : letter;

	if (command)
		return err_set(err, -EINVAL, _("%s%s is no option of %s"), dashes, name, command);
	return err_set(err, -EINVAL, _("%s%s is an option of commands, not of the browser"), dashes, name);
}

int options_parse(struct options *options, int argc, char *const argv[], unsigned place, const char *command,
                  struct err *err)
{
	struct walk walk = {.argv = argv, .argc = argc, .at = 1};
	struct step step;
	bool named = command != NULL; /* the command's word is still to come */
	int more, rc;

	while ((more = walk_next(&walk, &step, err)) > 0) {
		if (step.word) {
			if (named) {
				named = false;
				continue;
			}
			rc = add_word(options, step.word, err);
			options->plain_count += step.plain;
		} else if (!(step.option->places & place)) {
			rc = refuse_place(&step, command, err);
		} else {
			rc = apply(options, step.option, step.value, step.opposite, false, err);
		}
		if (rc)
			return rc;
	}
	if (options->binary_output) {
		if (options->output && !more)
			return err_set(err, -EINVAL, "%s",
			               _("-o and -O are two formats of one export: give one of them"));
		if (!more && options->format != FORMAT_NCDU && options->format != FORMAT_NCDU_BINARY)
			return err_set(err, -EINVAL, "%s", _("-O is a format of its own: give it, or --format"));
		options->output = options->binary_output;
		options->format = FORMAT_NCDU_BINARY;
	}
	return more;
}

/* ---- one line of a config file ---- */

static char *keep(struct options *options, char *text)
{
	if (!text || alloc_room(&options->kept, &options->kept_capacity, options->kept_count + 1)) {
		free(text);
		return NULL;
	}
	return options->kept[options->kept_count++] = text;
}

/* `~/…` and `~user/…`, as a shell would; anything that cannot be expanded stays as it is.  NULL when out of memory. */
static char *expand_home(const char *text)
{
	struct buf out = {0};
	const char *rest = strchr(text, '/');
	const char *home = NULL;

	if (!rest)
		rest = text + strlen(text);
	if (text[0] == '~') {
		char *user = alloc_copy(text + 1, (size_t)(rest - text - 1));

		if (!user)
			return NULL;
		if (!*user)
			home = getenv("HOME");
		if (!home) {
			const struct passwd *entry = *user ? getpwnam(user) : getpwuid(getuid());

			home = entry ? entry->pw_dir : NULL;
		}
		free(user);
	}
	if (home) {
		buf_str(&out, home);
		buf_str(&out, rest);
	} else {
		buf_str(&out, text);
	}
	if (out.failed)
		buf_free(&out);
	return out.data;
}

int options_config(struct options *options, const char *name, const char *argument, bool forgiving, struct err *err)
{
	const struct option *option = NULL;
	bool opposite = false;

	if (name[0] == '-' && name[1] == '-')
		option = find_name(name + 2, strlen(name + 2), &opposite);
	else if (name[0] == '-' && name[1] && !name[2])
		option = find_letter(name[1]);
	else if (name[0] == '-' && name[1]) {
		/* A cluster as on the command line, `-rr` or `-t4`. */
		const char *rest = name + 2;
		char first[3] = {'-', name[1], 0};

		option = find_letter(name[1]);
		if (option && option->argument)
			return argument ? unknown(name, err) : options_config(options, first, rest, forgiving, err);
		struct buf again = {0};

		buf_char(&again, '-');
		buf_str(&again, rest);
		int rc = again.failed ? err_no_memory(err) : options_config(options, first, NULL, forgiving, err);

		if (!rc)
			rc = options_config(options, again.data, argument, forgiving, err);
		buf_free(&again);
		return rc;
	}
	if (!option || !(option->places & IN_CONFIG))
		return unknown(name, err);
	if (!option->argument)
		return argument ? err_set(err, -EINVAL, _("%s takes no argument"), name)
		                : apply(options, option, NULL, opposite, forgiving, err);
	if (!argument)
		return missing(option, err);
	bool path = option->kind == OPTION_PATTERN || option->kind == OPTION_PATTERNS || option->kind == OPTION_FILE;
	char *kept = keep(options, path ? expand_home(argument) : alloc_copy(argument, strlen(argument)));

	return kept ? apply(options, option, kept, opposite, forgiving, err) : err_no_memory(err);
}
