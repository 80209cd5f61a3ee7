// The broker's questions and news about clients, one callback each, in the shape that the broker registers.
//
// userdata is the struct state; event_data is the broker's structure of that event.
#ifndef SMSQUITTO_PLUGIN_EVENTS_H
#define SMSQUITTO_PLUGIN_EVENTS_H

// A client logs in, or (after SIGHUP) every session is asked again.
int events_on_login(int event, void *event_data, void *userdata);

// A client asks for enhanced authentication: always refused.
int events_on_extended_login(int event, void *event_data, void *userdata);

// May a client read, write, subscribe or unsubscribe.
int events_on_access(int event, void *event_data, void *userdata);

// A client is connected (brokers from 2.1).
int events_on_connect(int event, void *event_data, void *userdata);

// A client is gone, with or without its session (the latter an event of its own from 2.1).
int events_on_disconnect(int event, void *event_data, void *userdata);

// SIGHUP was received.
int events_on_reload(int event, void *event_data, void *userdata);

#endif
