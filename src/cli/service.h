/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_SERVICE_H
#define CLI_SERVICE_H

/**
 * Tell the service manager that started us (Type=notify, sd_notify(3)) how we are: "READY=1", "STATUS=…", a line each.
 * Nothing when nobody asked for it; a failure is nobody's business but the manager's.
 */
void service_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
