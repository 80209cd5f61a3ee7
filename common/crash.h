// Named places where a test has the program killed. Without SMSQUITTO_CRASH_POINTS (cmake/smsquitto.cmake)
// there is nothing of them in a program.
#ifndef SMSQUITTO_COMMON_CRASH_H
#define SMSQUITTO_COMMON_CRASH_H

#ifdef SMSQUITTO_CRASH_POINTS
// Kills this program as kill -9 does, when the environment says SMSQUITTO_CRASH_AT=<name>:<n> and this is the
// n-th pass. Any thread.
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif

#endif
