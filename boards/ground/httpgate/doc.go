// Package httpgate owns what every HTTP server of the project does before a request is
// answered, and while the answer leaves.
//
// A client has to speak, and to read: a handshake, a head and a body have their time, and
// so has each piece of an answer. One that takes longer is given up, whichever handler
// answers it. A source (an address; of IPv6, the network of one subscriber) has a number of
// connections; with one more, its eldest gives way, one without a request first.
//
// A browser that was told an address of ours for a stranger's name sends that name. Host is
// therefore checked, and a name that is not ours is refused with 421.
//
// Behind proxies (Config.Proxies), and from their addresses only, X-Forwarded-For,
// X-Forwarded-Proto and X-Forwarded-Host are believed: the request then has the address and
// the name that the person has, so that everything behind the gate counts and logs that. The
// last hop that is no proxy of ours counts, whatever stands before it.
package httpgate
