// Package mqttlink keeps one MQTT 3.1.1 connection to a broker, for a kiosk or
// for head office. It owns dialling, back-off, subscriptions and the last will.
//
// It treats the broker as a lossy transport and promises no more than that:
// Publish without an error means that a packet was handed to a connection, and
// says nothing about its arrival. In this client library an outstanding token
// completes as success after a reconnect, and a broker may drop what it has
// acknowledged. Delivery is therefore for the two ends to agree on (package
// outbox), so nothing here keeps, stores or repeats a message.
//
// Every connection is a new client with a clean session, so no state of one
// connection reaches the next. It refuses to queue while the link is down.
//
// Words: the link is up from the moment all subscriptions are granted until the
// connection is lost, rebuilt or closed.
package mqttlink
