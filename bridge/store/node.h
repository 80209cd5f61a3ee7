// The node that a bridge is: its lease on the store, and the devices that are placed on it. One broker and
// one bridge are a node.
//
// Two bridges at once are kept out by the store's lock, whatever their nodes are called; the lock ends with
// the process or with its connection, so no clock says how long a lease lives. The lease's number tells a
// bridge that comes back to a server whether another has worked there meanwhile.
#ifndef SMSQUITTO_BRIDGE_STORE_NODE_H
#define SMSQUITTO_BRIDGE_STORE_NODE_H

#include "bridge/store/store.h"

enum { NODE_ID_SIZE = 22 };

// What a claim has brought.
struct node_claim {
    int64_t node;  // its number in the store
    int64_t lease; // higher than any before it
    int64_t taken; // devices that were placed on another node, and now are on this one
};

// Makes this bridge the node of that id, in a transaction of its own: takes the next lease and the devices of
// every other node, because nobody can work for them while the lock is ours, and raises their leases. From
// then on devices that are added are placed on it, the store's devices are those of the node, and a
// connection that finds a higher lease of it claims the node again. Without a claim, the node is the first,
// "main".
enum store_status store_node_claim(struct store *store, const char *id, struct node_claim *claim);

#endif
