/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/causes/rules.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"

#define BRACES_MOST 8     /* in a line, */
#define EXPANDED_MOST 500 /* and what they may stand for */

static const char *const class_names[] = {
	[CAUSE_REGENERATED] = N_("regenerated"), [CAUSE_DOWNLOADED] = N_("downloaded"), [CAUSE_BUILT] = N_("built"),
	[CAUSE_SERVICE] = N_("service"),         [CAUSE_PERSONAL] = N_("personal"),
};

const char *cause_class_name(enum cause_class class)
{
	return class_names[class];
}

/* ---- one text ---- */

struct parser {
	struct cause_rules *rules;
	const char *path;
	struct buf *mistakes;
	unsigned line;
	size_t rule;    /* in work, SIZE_MAX = none yet */
	size_t first;   /* its first pattern, */
	size_t pattern; /* the first one of the last path or file: markers are theirs; SIZE_MAX = none yet */
	bool has_class, wrong;
	bool told; /* what is wrong with this line */
	int rc;
};

static void mistake(struct parser *parser, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void mistake(struct parser *parser, unsigned line, const char *format, ...)
{
	struct err sentence;
	struct buf path = {0}, safe = {0};
	va_list args;

	va_start(args, format);
	vsnprintf(sentence.text, sizeof(sentence.text), format, args);
	va_end(args);
	text_safe(&path, parser->path, strlen(parser->path), false);
	text_safe(&safe, sentence.text, strlen(sentence.text), false);
	buf_printf(parser->mistakes, _("%s, line %u: %s\n"), path.data ? path.data : "", line,
	           safe.data ? safe.data : "");
	buf_free(&path);
	buf_free(&safe);
	parser->wrong = true;
}

static void no_memory(struct parser *parser)
{
	parser->rc = -ENOMEM;
}

static void set_text(struct parser *parser, char **field, const char *value)
{
	char *copy = alloc_text(value);

	if (!copy)
		no_memory(parser);
	free(*field);
	*field = copy;
}

/*
 * Hand on each text that the first braces of `text` stand for: `a{b,c}` as `ab` and `ac`.  Braces in those are taken
 * apart in turn.
 */
static void expand(struct parser *parser, const char *text, void (*take)(struct parser *parser, const char *text))
{
	const char *open = strchr(text, '{'), *close = open ? strchr(open, '}') : NULL;

	if (!close) {
		take(parser, text);
		return;
	}
	for (const char *at = open + 1; at <= close && !parser->rc; at++) {
		size_t length = strcspn(at, ",}");
		struct buf one = {0};

		buf_add(&one, text, (size_t)(open - text));
		buf_add(&one, at, length);
		buf_str(&one, close + 1);
		if (one.failed)
			no_memory(parser);
		else
			expand(parser, one.data, take);
		buf_free(&one);
		at += length;
	}
}

static void free_marker(struct cause_marker *marker)
{
	for (size_t i = 0; i < marker->count; i++)
		free(marker->names[i]);
	free(marker->names);
}

static void free_pattern(struct cause_pattern *pattern)
{
	for (size_t i = 0; i < pattern->marker_count; i++)
		free_marker(&pattern->markers[i]);
	free(pattern->markers);
	free(pattern->text);
}

static void free_rule(struct cause_rule *rule)
{
	free(rule->name);
	free(rule->command);
	free(rule->again);
	free(rule->caution);
	free(rule->source);
}

/* Its patterns go with it: somebody defines it anew. */
static void drop_patterns(struct cause_rules *rules, uint32_t rule)
{
	size_t kept = 0;

	for (size_t i = 0; i < rules->pattern_count; i++) {
		if (rules->patterns[i].rule == rule)
			free_pattern(&rules->patterns[i]);
		else
			rules->patterns[kept++] = rules->patterns[i];
	}
	rules->pattern_count = kept;
}

/* Is anything missing in the cause that ends here? */
static void end_cause(struct parser *parser)
{
	const struct cause_rule *rule;

	if (parser->rule == SIZE_MAX)
		return;
	rule = &parser->rules->rules[parser->rule];
	if (rule->off)
		return;
	if (!parser->has_class)
		mistake(parser, rule->line, _("the cause '%s' has no class"), rule->name);
	if (parser->first == parser->rules->pattern_count && !rule->tagged)
		mistake(parser, rule->line, _("the cause '%s' has neither path nor file"), rule->name);
	if (rule->command && rule->class == CAUSE_PERSONAL)
		mistake(parser, rule->line, _("the cause '%s' is personal: it takes no command"), rule->name);
}

static void begin_cause(struct parser *parser, const char *name)
{
	struct cause_rules *rules = parser->rules;
	struct buf safe = {0};
	size_t at = 0;

	end_cause(parser);
	if (text_safe(&safe, name, strlen(name), false))
		no_memory(parser);
	else if (strcmp(safe.data, name))
		mistake(parser, parser->line, "%s", _("a cause's name is made of printable characters"));
	buf_free(&safe);
	while (at < rules->count && strcmp(rules->rules[at].name, name))
		at++;
	if (at == rules->count) {
		if (alloc_room(&rules->rules, &rules->capacity, at + 1)) {
			no_memory(parser);
			return;
		}
		rules->count++;
	} else {
		drop_patterns(rules, (uint32_t)at);
		free_rule(&rules->rules[at]);
	}
	rules->rules[at] = (struct cause_rule){.line = parser->line};
	set_text(parser, &rules->rules[at].name, name);
	parser->rule = at;
	parser->first = rules->pattern_count;
	parser->pattern = SIZE_MAX;
	parser->has_class = false;
}

/* What a pattern cannot be; NULL = nothing. */
static const char *wrong_pattern(const char *text)
{
	const char *at = text;

	if (strncmp(text, "~/", 2) && *text != '/' && strncmp(text, "**/", 3))
		return _("a path begins with '/', '~/' or '**/'");
	for (at += strcspn(text, "/"); *at; at += strcspn(at, "/")) {
		at++;
		size_t length = strcspn(at, "/");

		if (!length)
			return _("a path has no empty component, at its end neither");
		if ((length == 1 && *at == '.') || (length == 2 && !strncmp(at, "..", 2)))
			return _("a path has no component '.' or '..'");
		if (length > 2 && memmem(at, length, "**", 2))
			return _("'**' is a component of its own");
		if (!at[length] && length == 2 && !strncmp(at, "**", 2))
			return _("'**' stands before a component");
	}
	return NULL;
}

static void take_pattern(struct parser *parser, const char *text)
{
	struct cause_rules *rules = parser->rules;
	const char *wrong = wrong_pattern(text);

	if (!wrong && rules->pattern_count - parser->first > EXPANDED_MOST)
		wrong = _("a cause has not so many paths");
	if (wrong) {
		if (!parser->told)
			mistake(parser, parser->line, "%s", wrong);
		parser->told = true;
		return;
	}
	struct cause_pattern pattern = {.text = alloc_text(text),
	                                .rule = (uint32_t)parser->rule,
	                                .floating = !strncmp(text, "**/", 3)};

	if (!pattern.text || alloc_room(&rules->patterns, &rules->pattern_capacity, rules->pattern_count + 1)) {
		free(pattern.text);
		no_memory(parser);
		return;
	}
	rules->patterns[rules->pattern_count++] = pattern;
}

/* Braces come in pairs, not one in another, and are few. */
static bool braces_fit(struct parser *parser, const char *text)
{
	int open = 0, count = 0;

	for (const char *at = text; *at && open >= 0 && open < 2; at++) {
		open += (*at == '{') - (*at == '}');
		count += *at == '{';
	}
	if (open || count > BRACES_MOST)
		mistake(parser, parser->line, "%s",
		        open ? _("braces come in pairs, not one in another") : _("too many braces"));
	return !open && count <= BRACES_MOST;
}

static void add_patterns(struct parser *parser, const char *text, bool is_file)
{
	size_t before = parser->rules->pattern_count;

	parser->pattern = before;
	if (braces_fit(parser, text))
		expand(parser, text, take_pattern);
	for (size_t i = before; i < parser->rules->pattern_count; i++)
		parser->rules->patterns[i].is_file = is_file;
}

/* The marker in work: names are added to the last one of the last pattern, and copied to its siblings. */
static void take_marker_name(struct parser *parser, const char *text)
{
	for (size_t i = parser->pattern; i < parser->rules->pattern_count && !parser->rc; i++) {
		struct cause_pattern *pattern = &parser->rules->patterns[i];
		struct cause_marker *marker = &pattern->markers[pattern->marker_count - 1];

		if (marker->count > EXPANDED_MOST)
			return;
		char **grown = alloc_resize(marker->names, marker->count + 1, sizeof(*grown));
		char *name = alloc_text(text);

		if (grown)
			marker->names = grown;
		if (!grown || !name) {
			free(name);
			no_memory(parser);
			return;
		}
		size_t length = strlen(name);

		marker->is_dir = length > 1 && name[length - 1] == '/';
		if (marker->is_dir)
			name[length - 1] = '\0';
		marker->names[marker->count++] = name;
	}
}

static void add_marker(struct parser *parser, const char *text, bool beside)
{
	const char *slash = strchr(text, '/');

	if (parser->pattern == SIZE_MAX) {
		mistake(parser, parser->line, "%s", _("beside and holds follow the path they are about"));
		return;
	}
	if (slash && slash[1]) {
		mistake(parser, parser->line, "%s", _("beside and holds take a name, not a path"));
		return;
	}
	if (!braces_fit(parser, text))
		return;
	for (size_t i = parser->pattern; i < parser->rules->pattern_count; i++) {
		struct cause_pattern *pattern = &parser->rules->patterns[i];
		struct cause_marker *grown = alloc_resize(pattern->markers, pattern->marker_count + 1, sizeof(*grown));

		if (!grown) {
			no_memory(parser);
			return;
		}
		pattern->markers = grown;
		grown[pattern->marker_count++] = (struct cause_marker){.beside = beside};
	}
	expand(parser, text, take_marker_name);
}

static void set_class(struct parser *parser, const char *value)
{
	for (int class = 0; class < CAUSE_CLASSES; class ++)
		if (!strcmp(value, class_names[class])) {
			parser->rules->rules[parser->rule].class = (enum cause_class) class;
			parser->has_class = true;
			return;
		}
	mistake(parser, parser->line,
	        _("there is no class '%s', only regenerated, downloaded, built, service and personal"), value);
	parser->has_class = true;
}

static void set_frees(struct parser *parser, const char *value)
{
	if (strcmp(value, "all") && strcmp(value, "some"))
		mistake(parser, parser->line, _("frees takes 'all' or 'some', not '%s'"), value);
	parser->rules->rules[parser->rule].some = !strcmp(value, "some");
}

/* A word, and what follows it. */
static void take_line(struct parser *parser, const char *key, const char *value)
{
	struct cause_rule *rule = parser->rule == SIZE_MAX ? NULL : &parser->rules->rules[parser->rule];
	bool flag = !strcmp(key, "whole") || !strcmp(key, "off") || !strcmp(key, "tagged");

	if (!*value && !flag)
		mistake(parser, parser->line, _("there is nothing behind '%s'"), key);
	else if (*value && flag)
		mistake(parser, parser->line, _("'%s' stands alone"), key);
	else if (!strcmp(key, "cause"))
		begin_cause(parser, value);
	else if (!rule)
		mistake(parser, parser->line, _("'%s' before the first cause"), key);
	else if (!strcmp(key, "class"))
		set_class(parser, value);
	else if (!strcmp(key, "path") || !strcmp(key, "file"))
		add_patterns(parser, value, *key == 'f');
	else if (!strcmp(key, "beside") || !strcmp(key, "holds"))
		add_marker(parser, value, *key == 'b');
	else if (!strcmp(key, "command"))
		set_text(parser, &rule->command, value);
	else if (!strcmp(key, "again"))
		set_text(parser, &rule->again, value);
	else if (!strcmp(key, "caution"))
		set_text(parser, &rule->caution, value);
	else if (!strcmp(key, "source"))
		set_text(parser, &rule->source, value);
	else if (!strcmp(key, "frees"))
		set_frees(parser, value);
	else if (!strcmp(key, "whole"))
		rule->whole = true;
	else if (!strcmp(key, "tagged"))
		rule->tagged = true;
	else if (!strcmp(key, "off"))
		rule->off = true;
	else
		mistake(parser, parser->line, _("unknown word '%.40s'"), key);
}

int cause_rules_parse(struct cause_rules *rules, const char *path, struct buf *text, struct buf *mistakes)
{
	struct parser parser = {.rules = rules,
	                        .path = path,
	                        .mistakes = mistakes,
	                        .rule = SIZE_MAX,
	                        .pattern = SIZE_MAX};
	size_t at = 0, length;
	char *line;

	while (!parser.rc && (line = file_next_line(text, &at, &length))) {
		parser.line++;
		parser.told = false;
		if (strlen(line) < length) {
			mistake(&parser, parser.line, "%s", _("it holds a NUL"));
			continue;
		}
		line += strspn(line, " \t");
		for (length = strlen(line); length && strchr(" \t", line[length - 1]);)
			line[--length] = '\0';
		if (!*line || *line == '#')
			continue;
		char *value = line + strcspn(line, " \t");

		if (*value)
			*value++ = '\0';
		value += strspn(value, " \t");
		take_line(&parser, line, value);
	}
	if (!parser.rc)
		end_cause(&parser);
	if (!parser.rc && mistakes->failed)
		parser.rc = -ENOMEM;
	return parser.rc ? parser.rc : parser.wrong ? -EINVAL : 0;
}

/* ---- the files ---- */

/* A program that is not installed has its causes in its build folder, its tests one above. */
static bool in_build_folder(struct buf *out)
{
	char program[4096];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length <= 0)
		return false;
	program[length] = '\0';
	for (int above = 0; above < 2; above++) {
		char *slash = strrchr(program, '/');

		if (!slash)
			return false;
		*slash = '\0';
		buf_clear(out);
		buf_printf(out, "%s/config.status", program);
		if (!out->failed && !access(out->data, F_OK)) {
			buf_clear(out);
			buf_printf(out, "%s/data/causes", program);
			return !out->failed && !access(out->data, R_OK);
		}
	}
	return false;
}

static int read_file(struct cause_rules *rules, const char *path, bool needed, struct buf *mistakes, struct err *err)
{
	struct buf text = {0}, safe = {0};
	struct err why;
	size_t before = rules->count;
	int rc = file_read_text(path, &text, &why);

	if (rc == -ENOENT && !needed) {
		rc = 0;
	} else if (rc) {
		text_safe(&safe, path, strlen(path), false);
		err_set(err, rc, _("cannot read the causes in %s: %s"), safe.data ? safe.data : "", why.text);
	} else {
		struct cause_rules_file *file = &rules->files[rules->file_count];

		rc = cause_rules_parse(rules, path, &text, mistakes);
		file->path = alloc_text(path);
		file->causes = rules->count - before;
		rules->file_count++;
		if (!file->path)
			rc = -ENOMEM;
	}
	buf_free(&text);
	buf_free(&safe);
	return rc;
}

static int personal_path(struct buf *out)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && *config == '/')
		buf_str(out, config);
	else if (home && *home == '/')
		buf_printf(out, "%s/.config", home);
	else
		return 0;
	return buf_str(out, "/disktracker/causes");
}

static void first_mistake(const struct buf *mistakes, struct err *err)
{
	if (mistakes->length)
		err_set(err, -EINVAL, "%.*s", (int)strcspn(mistakes->data, "\n"), mistakes->data);
}

int cause_rules_load(struct cause_rules *rules, struct buf *mistakes, struct err *err)
{
	struct buf path = {0}, own = {0}, *told = mistakes ? mistakes : &own;
	bool built = in_build_folder(&path);
	int wrong = 0, rc;

	*rules = (struct cause_rules){0};
	rc = read_file(rules, built ? path.data : PKGDATADIR "/causes", true, told, err);
	if (rc == -EINVAL)
		wrong = rc;
	if (!rc || wrong)
		rc = read_file(rules, "/etc/disktracker/causes", false, told, err);
	if (rc == -EINVAL)
		wrong = rc;
	buf_clear(&path);
	if ((!rc || wrong) && (personal_path(&path) || path.length))
		rc = path.failed ? -ENOMEM : read_file(rules, path.data, false, told, err);
	if ((!rc || rc == -EINVAL) && (wrong || rc)) {
		rc = -EINVAL;
		first_mistake(told, err);
	}
	if (rc == -ENOMEM)
		err_no_memory(err);
	buf_free(&path);
	buf_free(&own);
	return rc;
}

void cause_rules_clear(struct cause_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		free_rule(&rules->rules[i]);
	for (size_t i = 0; i < rules->pattern_count; i++)
		free_pattern(&rules->patterns[i]);
	for (size_t i = 0; i < rules->file_count; i++)
		free(rules->files[i].path);
	free(rules->rules);
	free(rules->patterns);
	*rules = (struct cause_rules){0};
}

/* A relative path that begins with a dash would be an option. */
static void add_word(struct buf *out, const char *path, size_t length)
{
	struct buf word = {0};

	if (length && *path == '-')
		buf_str(&word, "./");
	buf_add(&word, path, length);
	out->failed |= word.failed;
	text_shell(out, word.data, word.length);
	buf_free(&word);
}

int cause_command(struct buf *out, const struct cause_rule *rule, const char *path)
{
	const char *at = rule->command, *slash = strrchr(path, '/');
	size_t above = slash > path ? (size_t)(slash - path) : slash ? 1 : 0;

	while (*at) {
		size_t plain = strcspn(at, "{");

		buf_add(out, at, plain);
		at += plain;
		if (!strncmp(at, "{}", 2)) {
			add_word(out, path, strlen(path));
			at += 2;
		} else if (!strncmp(at, "{..}", 4)) {
			add_word(out, above ? path : ".", above ? above : 1);
			at += 4;
		} else if (*at) {
			buf_char(out, *at++);
		}
	}
	return out->failed ? -ENOMEM : 0;
}
