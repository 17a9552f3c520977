/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For monitoring: what is known of a folder against limits, as a line of the form that Nagios' plugins have
 * (https://www.monitoring-plugins.org/doc/guidelines.html), with the folder to blame.  Nothing is scanned.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/growers.h"
#include "cli/limits.h"
#include "cli/output.h"
#include "cli/path_history.h"
#include "store/record/size.h"

#define WINDOW "7d" /* of the folder to blame, where no limit of growth names one */

enum state { STATE_OK, STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN };

static const char *const state_words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
static const char *const state_names[] = {"ok", "warning", "critical", "unknown"};

/* One figure against its limits. */
struct checked_figure {
	char label[8 + sizeof(((struct limit *)0)->window)];
	const char *unit;
	bool known;
	uint64_t value;
	bool growth; /* the value is an int64_t: it may have shrunk */
	bool below;  /* what is less than a limit is bad, not what is more */
	struct limit warn, crit;
};

#define FINDINGS 5 /* size, items, two growths, forecast */

struct limit_check {
	const struct options *options;
	struct limits size, items, growth, full;
	struct path_history history;
	struct timeline_point now; /* what was known last */
	bool partial;
	struct checked_figure findings[FINDINGS];
	size_t count;
	enum state state;
	struct buf message, culprit;
	int64_t culprit_growth;
};

/* ---- what is known ---- */

/* The index knows it later than the newest snapshot does, or as late. */
static int find_now(struct store *store, struct limit_check *check, struct err *err)
{
	const struct timeline *timeline = &check->history.timeline;
	struct sizes *sizes = NULL;
	struct size_answer answer;
	int rc = sizes_open(store, &sizes, err);

	check->now = timeline->points[timeline->count - 1];
	check->partial = check->now.partial;
	if (!rc)
		rc = sizes_find(sizes, check->history.path.data, &answer, err);
	if (!rc && answer.known && answer.as_of >= check->now.at_s) {
		check->partial = answer.partial;
		check->now = (struct timeline_point){.at_s = answer.as_of,
		                                     .what = answer.is_dir ? TIMELINE_DIR : TIMELINE_FILE,
		                                     .bytes = answer.bytes,
		                                     .apparent_bytes = answer.apparent_bytes,
		                                     .items = answer.items};
	}
	sizes_close(sizes);
	return rc;
}

/* What it was that long ago, or as long as history goes; NULL = nothing is known of before. */
static const struct timeline_point *point_before(const struct limit_check *check, int64_t window_s)
{
	const struct timeline *timeline = &check->history.timeline;
	const struct timeline_point *found = NULL;

	for (size_t i = timeline->count; i-- > 0;) {
		const struct timeline_point *point = &timeline->points[i];

		if (!timeline_known(point) || point->at_s >= check->now.at_s)
			continue;
		found = point;
		if (check->now.at_s - point->at_s >= window_s)
			break;
	}
	return found;
}

static struct checked_figure *add(struct limit_check *check, const char *label, const char *unit)
{
	struct checked_figure *finding = &check->findings[check->count++];

	*finding = (struct checked_figure){.unit = unit};
	snprintf(finding->label, sizeof(finding->label), "%s", label);
	return finding;
}

static void add_size(struct limit_check *check)
{
	bool known = timeline_known(&check->now);
	struct checked_figure *finding = add(check, "size", "B");

	finding->known = known;
	finding->value = check->now.bytes;
	finding->warn = check->size.warn;
	finding->crit = check->size.crit;
	finding = add(check, "items", "");
	finding->known = known;
	finding->value = check->now.items;
	finding->warn = check->items.warn;
	finding->crit = check->items.crit;
}

/* Two windows are two figures. */
static void add_growth(struct limit_check *check, const struct limit *warn, const struct limit *crit)
{
	const struct limit *limit = warn->given ? warn : crit;
	const struct timeline_point *before;
	struct checked_figure *finding;
	int64_t growth;

	if (!limit->given)
		return;
	finding = add(check, "growth_", "B");
	strcat(finding->label, limit->window);
	finding->growth = true;
	if (warn->given)
		finding->warn = *warn;
	if (crit->given)
		finding->crit = *crit;
	before = point_before(check, limit->window_s);
	growth = before ? timeline_growth(before, &check->now, TIMELINE_BYTES) : FIGURE_UNKNOWN;
	/* What it grew in a month says nothing of a day, but that it did not shrink. */
	finding->known = growth != FIGURE_UNKNOWN &&
	                 (growth <= 0 || check->now.at_s - before->at_s <= 2 * limit->window_s);
	finding->value = (uint64_t)growth;
}

/* In seconds; without a trend it is never full, as far as anyone knows. */
static void add_full(struct limit_check *check)
{
	const struct path_history *history = &check->history;
	const struct trend *trend = &history->bytes;
	struct checked_figure *finding;

	if (!check->full.warn.given && !check->full.crit.given && history->full_days < 0)
		return;
	finding = add(check, "full_in", "s");
	finding->below = true;
	finding->warn = check->full.warn;
	finding->crit = check->full.crit;
	finding->known = history->has_available;
	finding->value = UINT64_MAX;
	if (history->full_days >= 0) {
		__int128 seconds = (__int128)history->available_bytes * 86400 / trend->per_day;

		finding->value = seconds < INT64_MAX ? (uint64_t)seconds : INT64_MAX;
	}
}

/* ---- against the limits ---- */

static bool passes(const struct checked_figure *finding, const struct limit *limit)
{
	if (!limit->given || (finding->growth && (int64_t)finding->value < 0))
		return true;
	return finding->below ? finding->value >= limit->value : finding->value <= limit->value;
}

static enum state judge(const struct checked_figure *finding)
{
	if (!finding->known)
		return finding->warn.given || finding->crit.given ? STATE_UNKNOWN : STATE_OK;
	return !passes(finding, &finding->crit) ? STATE_CRITICAL
	     : !passes(finding, &finding->warn) ? STATE_WARNING
	                                        : STATE_OK;
}

/* Critical before warning, and that before unknown. */
static bool is_worse(enum state state, enum state than)
{
	static const int order[] = {[STATE_OK] = 0, [STATE_UNKNOWN] = 1, [STATE_WARNING] = 2, [STATE_CRITICAL] = 3};

	return order[state] > order[than];
}

static const char *figure_text(const struct limit_check *check, const struct checked_figure *finding, uint64_t value,
                               char out[TEXT_FIGURE])
{
	if (!strcmp(finding->unit, "B"))
		return text_size(out, value, check->options->si);
	if (!strcmp(finding->unit, "s"))
		return text_span(out, (int64_t)value);
	return text_count(out, value);
}

/* What is wrong with it, a part of the sentence. */
static void add_words(struct limit_check *check, const struct checked_figure *finding, enum state state)
{
	const struct limit *limit = state == STATE_CRITICAL || !finding->warn.given ? &finding->crit : &finding->warn;
	char value[TEXT_FIGURE], most[TEXT_FIGURE];

	buf_str(&check->message, "; ");
	figure_text(check, finding, finding->value, value);
	figure_text(check, finding, limit->value, most);
	if (state == STATE_UNKNOWN && finding->growth)
		buf_printf(&check->message, _("growth unknown: there is no snapshot of %s before"), limit->window);
	else if (state == STATE_UNKNOWN && finding->below)
		buf_printf(&check->message, "%s", _("its file system cannot be asked"));
	else if (state == STATE_UNKNOWN)
		buf_printf(&check->message, "%s", _("size unknown: it was not read"));
	else if (finding->below)
		buf_printf(&check->message, _("full in about %s, less than %s"), value, most);
	else if (finding->growth)
		buf_printf(&check->message, _("grew %s in %s, more than %s"), value, limit->window, most);
	else if (*finding->unit)
		buf_printf(&check->message, _("more than %s"), most);
	else
		buf_printf(&check->message, _("more than %s items"), most);
}

static void compose(struct limit_check *check)
{
	char size[TEXT_FIGURE], items[TEXT_FIGURE];
	struct buf safe = {0};

	buf_str(&check->message, output_safe(&safe, check->history.path.data));
	if (timeline_known(&check->now) && check->now.what != TIMELINE_ABSENT)
		buf_printf(&check->message,
		           ngettext(": %s%s in %s item", ": %s%s in %s items", (unsigned long)check->now.items),
		           text_size(size, check->now.bytes, check->options->si), check->partial ? "~" : "",
		           text_count(items, check->now.items));
	else if (timeline_known(&check->now))
		buf_printf(&check->message, ": %s", _("it was not there"));
	for (size_t i = 0; i < check->count; i++) {
		enum state state = judge(&check->findings[i]);

		if (is_worse(state, check->state))
			check->state = state;
		if (state != STATE_OK)
			add_words(check, &check->findings[i], state);
	}
	buf_free(&safe);
}

/* Who is to blame, where something is wrong; that nobody is found is no failure. */
static void blame(struct store *store, struct limit_check *check)
{
	struct options options = *check->options;
	const struct limit *limit = check->growth.crit.given ? &check->growth.crit : &check->growth.warn;
	struct comparison comparison = {0};
	struct buf safe = {0};
	char delta[TEXT_FIGURE];
	struct err err;

	if (check->state != STATE_WARNING && check->state != STATE_CRITICAL)
		return;
	options.apparent = false; /* whatever a configuration file says: the limits are of what is allocated */
	options.last = limit->given ? limit->window : WINDOW;
	if (!comparison_find(store, &options, &comparison, &err) &&
	    !comparison_make(store, &options, &comparison, &err) &&
	    !growers_blame(store, &comparison, &check->culprit, &check->culprit_growth, &err) &&
	    check->culprit.length) {
		const char *path = output_safe(&safe, check->culprit.data);

		if (check->culprit_growth != FIGURE_UNKNOWN)
			buf_printf(&check->message, _("; most in %s (%s)"), path,
			           text_delta(delta, check->culprit_growth, options.si));
		else
			buf_printf(&check->message, _("; most in %s"), path);
	}
	buf_free(&safe);
	comparison_clear(&comparison);
}

static int find(struct store *store, struct limit_check *check, struct err *err)
{
	const struct limits *growth = &check->growth;
	int rc = path_history_read(store, check->options->word_count ? check->options->words[0] : ".", &check->history,
	                           err);

	if (!rc)
		rc = find_now(store, check, err);
	if (rc)
		return rc;
	add_size(check);
	if (growth->warn.given && growth->crit.given && growth->warn.window_s != growth->crit.window_s) {
		add_growth(check, &growth->warn, &(struct limit){0});
		add_growth(check, &(struct limit){0}, &growth->crit);
	} else {
		add_growth(check, &growth->warn, &growth->crit);
	}
	add_full(check);
	compose(check);
	blame(store, check);
	return check->message.failed ? err_no_memory(err) : 0;
}

/* ---- printing ---- */

/* What never fills up has no time at which it is full. */
static bool is_told(const struct checked_figure *finding)
{
	return finding->known && !(finding->below && finding->value == UINT64_MAX);
}

static void put_limit(struct document *json, const char *key, const struct limit *limit)
{
	if (limit->given)
		document_uint(json, key, limit->value);
	else
		document_null(json, key);
}

static int print_json(const struct limit_check *check)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_text(&json, "status", state_names[check->state]);
	document_text(&json, "message", check->message.data);
	document_array(&json, "perfdata");
	for (size_t i = 0; i < check->count; i++) {
		const struct checked_figure *finding = &check->findings[i];

		document_object(&json, NULL);
		document_text(&json, "label", finding->label);
		if (!is_told(finding))
			document_null(&json, "value");
		else if (finding->growth)
			document_growth(&json, "value", (int64_t)finding->value);
		else
			document_size(&json, "value", finding->value);
		document_text(&json, "unit", finding->unit);
		put_limit(&json, "warn", &finding->warn);
		put_limit(&json, "crit", &finding->crit);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_path(&json, "culprit", check->culprit.length ? check->culprit.data : NULL);
	document_end_object(&json);
	return output_json(&json);
}

/* A range of the form `10` alerts above, `10:` below. */
static void print_limit(struct buf *out, const struct checked_figure *finding, const struct limit *limit)
{
	buf_char(out, ';');
	if (limit->given)
		buf_printf(out, "%llu%s", (unsigned long long)limit->value, finding->below ? ":" : "");
}

static int print_line(const struct limit_check *check)
{
	struct buf text = {0};

	buf_printf(&text, "%s: ", state_words[check->state]);
	for (size_t i = 0; i < check->message.length; i++) /* a bar begins the figures */
		if (check->message.data[i] == '|')
			buf_str(&text, "\\x7c");
		else
			buf_char(&text, check->message.data[i]);
	for (size_t i = 0; i < check->count; i++) {
		const struct checked_figure *finding = &check->findings[i];

		buf_printf(&text, "%s%s=", i ? " " : " | ", finding->label);
		if (!is_told(finding))
			buf_char(&text, 'U');
		else if (finding->growth)
			buf_printf(&text, "%lld%s", (long long)finding->value, finding->unit);
		else
			buf_printf(&text, "%llu%s", (unsigned long long)finding->value, finding->unit);
		print_limit(&text, finding, &finding->warn);
		print_limit(&text, finding, &finding->crit);
	}
	buf_char(&text, '\n');
	return output_text(&text);
}

static int usage(const char *option, const char *form)
{
	struct err err;

	err_set(&err, -EINVAL, _("--%s needs %s, or two of them: WARN,CRIT"), option, form);
	return output_usage("check", &err);
}

static int run(const struct options *options)
{
	struct limit_check check = {.options = options};
	struct store *store = NULL;
	struct err err = {{0}};
	int status;

	if (limits_parse(options->max_size, LIMIT_SIZE, &check.size))
		return usage("max-size", _("a size such as 10G"));
	if (limits_parse(options->max_items, LIMIT_COUNT, &check.items))
		return usage("max-items", _("a number"));
	if (limits_parse(options->max_growth, LIMIT_GROWTH, &check.growth))
		return usage("max-growth", _("a size within a time such as 1G/24h"));
	if (limits_parse(options->full_in, LIMIT_TIME, &check.full))
		return usage("full-in", _("a time such as 14d"));
	int rc = database_open(options, false, &store, &err);

	if (!rc)
		rc = find(store, &check, &err);
	if (rc) { /* an answer, too: whoever asks reads what is printed */
		check.state = STATE_UNKNOWN;
		check.count = 0;
		buf_clear(&check.message);
		buf_str(&check.message, err.text);
	}
	status = options->json ? print_json(&check) : print_line(&check);
	path_history_clear(&check.history);
	buf_free(&check.message);
	buf_free(&check.culprit);
	store_close(store);
	return status == STATUS_PIPE ? status : status ? STATE_UNKNOWN : (int)check.state;
}

const struct command cmd_check = {
	.name = "check",
	.words = "[PATH]",
	.summary = N_("Hold what is known against limits, for monitoring"),
	.example = "disktracker check --max-growth 10G/24h --full-in 14d,3d /srv",
	.place = IN_CHECK,
	.most_words = 1,
	.run = run,
};
