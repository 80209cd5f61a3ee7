// The table of paths. schemas/twilio.yaml says the same; a test holds both against each other.
#include "bridge/twilio/twilio_internal.h"

enum { BODY_MAX = 80 * 1024 };

static const struct http_route MESSAGES[] = {
    {"POST", "/2010-04-01/Accounts/*/Messages.json", SCOPE_MESSAGES_SEND, HTTP_KEY, BODY_MAX,
     twilio_messages_create},
    {"GET", "/2010-04-01/Accounts/*/Messages.json", SCOPE_MESSAGES_READ, HTTP_KEY, 0, twilio_messages_list},
    {"GET", "/2010-04-01/Accounts/*/Messages/*", SCOPE_MESSAGES_READ, HTTP_KEY, 0, twilio_messages_fetch},
    {"POST", "/2010-04-01/Accounts/*/Messages/*", SCOPE_MESSAGES_SEND, HTTP_KEY, BODY_MAX,
     twilio_messages_update},
    {"DELETE", "/2010-04-01/Accounts/*/Messages/*", SCOPE_MESSAGES_SEND, HTTP_KEY, 0, twilio_messages_remove},
    {"POST", "/2010-04-01/Accounts/*/Messages/*/Feedback.json", SCOPE_MESSAGES_SEND, HTTP_KEY, BODY_MAX,
     twilio_feedback_create},
    {"GET", "/2010-04-01/Accounts/*/Messages/*/Media.json", SCOPE_MESSAGES_READ, HTTP_KEY, 0,
     twilio_media_list},
    {"GET", "/2010-04-01/Accounts/*/Messages/*/Media/*", SCOPE_MESSAGES_READ, HTTP_KEY, 0,
     twilio_media_fetch},
};

static const struct http_base BASES[] = {{"/2010-04-01", 0}, {NULL, 0}};

static const struct http_face FACE = {.bases = BASES,
                                      .routes = MESSAGES,
                                      .route_count = sizeof(MESSAGES) / sizeof(MESSAGES[0]),
                                      .challenge = "Basic realm=\"Twilio API\"",
                                      .problem = twilio_problem};

const struct http_face *twilio_messages_face(void)
{
    return &FACE;
}
