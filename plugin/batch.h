// The batches of the bridge on $CONTROL/smsquitto/v1/batch (common/batch.h).
//
// Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_BATCH_H
#define SMSQUITTO_PLUGIN_BATCH_H

#include "plugin/state.h"

// The broker's callback for a publish on the topic of batches, after its access check; userdata is the struct
// state. Publishes each entry on its topic, where rights and subscriptions decide as for any other publish;
// the broker does it at the beginning of its next turn, before it reads what else the bridge has sent. A send
// to a device that is not connected is held back and named in the answer: a session that is gone would keep
// it while the bridge gives it to another device. Of a batch that is malformed nothing is published. Always
// succeeds: what is wrong is said in the answer.
int batch_on_publish(int event, void *event_data, void *userdata);

#endif
