// Package broker is the MQTT broker between kiosks and head office: an embedded
// one for a small fleet, and the configuration that gives Debian's mosquitto the
// same policy for a larger one.
//
// Who a client is, is the common name of its certificate: a kiosk's 8 digits, or
// "office". There is no listener without mutual TLS 1.3. A kiosk may publish below
// wk/v1/up/<itself>/ and subscribe below wk/v1/dn/<itself>/ and wk/v1/dn/_all/;
// head office may publish below wk/v1/dn/ and subscribe below wk/v1/up/. All else
// is denied, in last wills too.
//
// Which of a kiosk's certificates counts, a doorman says (see Doorman): the embedded broker
// asks him at each connection, and ends open ones when he has changed his mind. With
// mosquitto the same is a list of certificates that count no more, a list of names that are
// out of service, and a connection that takes over from one that is to end (see Mosquitto).
//
// A name has one connection at a time. A new one takes over: the old one is closed
// and its last will delivered before the new one is let in, so that a will never
// comes after the birth message that it would contradict.
//
// Head office is never kept out by kiosks: it has a place of its own, and on its
// own machine a listener of its own. The places for kiosks are limited; one that
// comes too many is refused with "server unavailable", and the log warns before. A
// handshake for which there is no room waits in the system's queue.
//
// A kiosk that sends without end is read more slowly, so that it delays nobody else and loses
// nothing (budget.go).
//
// The broker keeps nothing on disk, and sessions and queues not beyond a
// connection: it is a lossy transport (see package mqttlink). It never logs
// payloads.
//
// mosquitto bounds the size and the number of unconfirmed messages of a client, and has no
// rate: the packet filter of its machine bounds what one address sends (MosquittoFilter).
//
// Where the two differ: the embedded broker ends the connection of a client that
// publishes with QoS 1 what it may not, refuses subscriptions that it denies,
// client identifiers other than the name, MQTT versions other than 3.1.1 and
// persistent sessions, and retains of a kiosk only its state. mosquitto confirms
// and drops such messages, grants such subscriptions and delivers nothing for
// them, and takes the name for the client identifier.
package broker
