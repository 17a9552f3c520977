/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "disk.h"
#include "private_mounts.h"

int volume_shell(const struct volume *volume, const char *script)
{
	char *command;

	if (asprintf(&command, "cd '%s' && PATH=$PATH:/usr/sbin:/sbin && { %s\n}", volume->folder, script) < 0)
		abort();
	int status = system(command);

	free(command);
	return status;
}

static bool give_up(struct volume *volume, const char *kind, const char *what)
{
	snprintf(volume->reason, sizeof(volume->reason), "%s: %s", kind, what);
	volume_end(volume);
	return false;
}

bool volume_make(struct volume *volume, const char *kind, unsigned mib, const char *options)
{
	char script[1000];

	*volume = (struct volume){.folder = disk_folder()};
	if (asprintf(&volume->point, "%s/at", volume->folder) < 0)
		abort();
	int rc = private_mounts();

	if (rc)
		return give_up(volume, kind, "no mount namespace");
	if (!strcmp(kind, "tmpfs")) {
		snprintf(script, sizeof(script), "mkdir at && mount -t tmpfs -o size=%uM%s%s tmpfs at", mib,
		         options ? "," : "", options ? options : "");
		return volume_shell(volume, script) ? give_up(volume, kind, "cannot be mounted") : true;
	}
	snprintf(script, sizeof(script), "command -v mkfs.%s >/dev/null", kind);
	if (volume_shell(volume, script))
		return give_up(volume, kind, "its mkfs is not installed");
	snprintf(script, sizeof(script), "truncate -s %uM img && mkfs.%s -q %s img >/dev/null 2>&1", mib, kind,
	         options ? options : "");
	if (volume_shell(volume, script))
		return give_up(volume, kind, "mkfs failed");
	snprintf(script, sizeof(script), "mkdir at && mount -t %s -o loop img at 2>/dev/null", kind);
	return volume_shell(volume, script) ? give_up(volume, kind, "no loop device, or not in this kernel") : true;
}

void volume_end(struct volume *volume)
{
	while (volume->point && !umount2(volume->point, MNT_DETACH))
		;
	free(volume->point);
	disk_remove(volume->folder);
	*volume = (struct volume){.point = NULL};
}
