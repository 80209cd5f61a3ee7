// The tables of paths. schemas/twilio.yaml says the same; a test holds both against each other.
#include "bridge/twilio/verify_internal.h"

enum { BODY_MAX = 80 * 1024 };

static const struct http_route MESSAGES[] = {
    {"GET", "/2010-04-01/Accounts/*", 0, HTTP_KEY, 0, twilio_account_fetch},
    {"GET", "/2010-04-01/Accounts/*/IncomingPhoneNumbers.json", SCOPE_MESSAGES_READ, HTTP_KEY, 0,
     twilio_numbers_list},
    {"GET", "/2010-04-01/Accounts/*/IncomingPhoneNumbers/*", SCOPE_MESSAGES_READ, HTTP_KEY, 0,
     twilio_numbers_fetch},
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

static const struct http_route VERIFY[] = {
    {"POST", "/v2/Services", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, verify_services_create},
    {"GET", "/v2/Services", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_services_list},
    {"GET", "/v2/Services/*", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_services_fetch},
    {"POST", "/v2/Services/*", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, verify_services_update},
    {"DELETE", "/v2/Services/*", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_services_remove},
    {"POST", "/v2/Services/*/Verifications", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, verify_create},
    {"GET", "/v2/Services/*/Verifications/*", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_fetch},
    {"POST", "/v2/Services/*/Verifications/*", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, verify_update},
    {"POST", "/v2/Services/*/VerificationCheck", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, verify_check},
    {"POST", "/v2/Services/*/RateLimits", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, verify_quotas_create},
    {"GET", "/v2/Services/*/RateLimits", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_quotas_list},
    {"GET", "/v2/Services/*/RateLimits/*", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_quotas_fetch},
    {"POST", "/v2/Services/*/RateLimits/*", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, verify_quotas_update},
    {"DELETE", "/v2/Services/*/RateLimits/*", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_quotas_remove},
    {"POST", "/v2/Services/*/RateLimits/*/Buckets", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX,
     verify_buckets_create},
    {"GET", "/v2/Services/*/RateLimits/*/Buckets", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_buckets_list},
    {"GET", "/v2/Services/*/RateLimits/*/Buckets/*", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_buckets_fetch},
    {"POST", "/v2/Services/*/RateLimits/*/Buckets/*", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX,
     verify_buckets_update},
    {"DELETE", "/v2/Services/*/RateLimits/*/Buckets/*", SCOPE_OTP_WRITE, HTTP_KEY, 0, verify_buckets_remove},
};

static const struct http_base MESSAGES_BASES[] = {{"/2010-04-01", 0}, {NULL, 0}};
static const struct http_base VERIFY_BASES[] = {{"/v2", 0}, {NULL, 0}};

static const struct http_face MESSAGES_FACE = {.bases = MESSAGES_BASES,
                                               .routes = MESSAGES,
                                               .route_count = sizeof(MESSAGES) / sizeof(MESSAGES[0]),
                                               .challenge = "Basic realm=\"Twilio API\"",
                                               .problem = twilio_messages_problem};

static const struct http_face VERIFY_FACE = {.bases = VERIFY_BASES,
                                             .routes = VERIFY,
                                             .route_count = sizeof(VERIFY) / sizeof(VERIFY[0]),
                                             .challenge = "Basic realm=\"Twilio API\"",
                                             .problem = twilio_verify_problem};

const struct http_face *twilio_messages_face(void)
{
    return &MESSAGES_FACE;
}

const struct http_face *twilio_verify_face(void)
{
    return &VERIFY_FACE;
}
