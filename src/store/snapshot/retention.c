/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which snapshots stay.  Periods are counted along the sequence of a chain from its newest back, never against now, and
 * only those that have a snapshot: a run of neighbours with the same local date is a day, and so for weeks (from
 * Monday) and months.  A date that cannot be right begins no day: it belongs to that of the newer neighbour, so that
 * what lies on both sides of it is still one run, and no clock can drop a history.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/snapshot/snapshot.h"

#define DAY_S 86400
#define NAMED 12 /* ids that a sentence holds */

const struct prune_policy retention_default = {.keep_recent = 2, .keep_daily = 30, .keep_weekly = 52, .fold = true};

/* Number of the local day, of the week that begins on Monday, of the month. */
struct calendar {
	int64_t day, week, month;
};

static struct calendar calendar_of(int64_t time_s)
{
	time_t time = (time_t)time_s;
	struct tm local = {0};

	localtime_r(&time, &local);
	struct tm date = {.tm_year = local.tm_year, .tm_mon = local.tm_mon, .tm_mday = local.tm_mday, .tm_hour = 12};
	int64_t noon = (int64_t)timegm(&date), day = noon / DAY_S - (noon % DAY_S < 0), monday = day + 3;

	return (struct calendar){.day = day,
	                         .week = monday / 7 - (monday % 7 < 0),
	                         .month = (int64_t)local.tm_year * 12 + local.tm_mon};
}

/* How a policy has gone on through a chain. */
struct progress {
	int snapshots, days, weeks, months; /* begun so far, this one's included */
	struct calendar seen;               /* of the snapshot before */
};

static unsigned choose_one(const struct prune_policy *policy, struct progress *progress,
                           const struct snapshot *snapshot, int64_t now_s)
{
	bool first = !progress->snapshots;
	struct calendar date = snapshot->doubtful_date && !first ? progress->seen : calendar_of(snapshot->finished_at);
	bool day = first || date.day != progress->seen.day,
	     week = first || date.week != progress->seen.week, month = first || date.month != progress->seen.month;
	bool rules = policy->keep_recent > 0 || policy->keep_last > 0 || policy->keep_daily > 0 ||
	             policy->keep_weekly > 0 || policy->keep_monthly > 0;
	unsigned kept_for = 0;

	progress->snapshots++;
	progress->days += day;
	progress->weeks += week;
	progress->months += month;
	progress->seen = date;
	if (progress->days <= policy->keep_recent)
		kept_for |= KEEP_RECENT;
	if (progress->snapshots <= policy->keep_last)
		kept_for |= KEEP_LAST;
	if (day && progress->days <= policy->keep_daily)
		kept_for |= KEEP_DAILY;
	if (week && progress->weeks <= policy->keep_weekly)
		kept_for |= KEEP_WEEKLY;
	if (month && progress->months <= policy->keep_monthly)
		kept_for |= KEEP_MONTHLY;
	if (policy->older_than_s > 0 && snapshot->doubtful_date)
		kept_for |= KEEP_DOUBTFUL;
	else if (policy->older_than_s > 0 && now_s - snapshot->finished_at < policy->older_than_s)
		kept_for |= KEEP_YOUNG;
	if (!rules && policy->older_than_s <= 0)
		kept_for |= KEEP_UNASKED;
	return kept_for;
}

/* Of what was taken over unread nobody knows; and how many of these follow each other tells when to read all again. */
static bool equal(const struct snapshot *a, const struct snapshot *b)
{
	return !a->trusted && !b->trusted && (a->fingerprint[0] || a->fingerprint[1]) &&
	       (b->fingerprint[0] || b->fingerprint[1]) && snapshot_equal(a, b);
}

struct dated_policy {
	const struct prune_policy *policy;
	int64_t now_s;
};

/* Newest first; what is folded away counts in no period. */
static void choose_chain(struct snapshot **chain, size_t count, void *context)
{
	const struct dated_policy *dated = context;
	const struct prune_policy *policy = dated->policy;
	struct progress progress = {0};

	for (size_t i = 0; i < count; i++) {
		struct snapshot *snapshot = chain[i];
		unsigned kept_for = (i ? 0u : KEEP_NEWEST) | (snapshot->label ? KEEP_LABELLED : 0u) |
		                    (snapshot->id == policy->in_use ? KEEP_IN_USE : 0u);
		bool inner = i && i + 1 < count && equal(chain[i - 1], snapshot) && equal(snapshot, chain[i + 1]);

		if (kept_for || !policy->fold || !inner)
			kept_for |= choose_one(policy, &progress, snapshot, dated->now_s);
		snapshot->kept_for = kept_for;
	}
}

int retention_choose(const struct prune_policy *policy, int64_t now_s, struct snapshot_list *list)
{
	return snapshot_each_chain(list, choose_chain, &(struct dated_policy){policy, now_s});
}

bool retention_removes(const struct snapshot_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->items[i].kept_for)
			return true;
	return false;
}

int retention_say(struct buf *out, const struct snapshot_list *removed)
{
	size_t named = removed->count > NAMED ? NAMED - 1 : removed->count;
	char count[TEXT_FIGURE];

	if (!removed->count)
		return 0;
	buf_printf(out,
	           ngettext("%s snapshot was removed by the retention:", "%s snapshots were removed by the retention:",
	                    removed->count),
	           text_count(count, removed->count));
	for (size_t i = 0; i < named; i++)
		buf_printf(out, " #%lld", (long long)removed->items[i].id);
	if (named < removed->count)
		buf_str(out, " ...");
	return buf_str(out, _("; --no-prune keeps all"));
}

const char *retention_reason(enum keep_reason reason)
{
	static const char *const words[] = {N_("newest"), N_("label"),         N_("in use"),  N_("recent"),
	                                    N_("last"),   N_("daily"),         N_("weekly"),  N_("monthly"),
	                                    N_("young"),  N_("doubtful date"), N_("no rule"), N_("not named")};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if ((unsigned)reason == 1u << i)
			return words[i];
	return "";
}
