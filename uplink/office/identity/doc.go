// Package identity owns who a kiosk is to head office: whether it is in service, and which
// key proves it.
//
// Words: a kiosk's certificate is of one key, and lasts months. Of all keys that were ever
// certified for a kiosk only the newest counts. It is renewed over the line: head office
// certifies the next key, which counts beside the newest until the kiosk has proven that it
// connected with it; from then on it is the newest, and the one before counts no more.
//
//	in-service → suspended  one person, at once: an emergency brake
//	in-service, suspended → replaced  two people; the next enrolment puts it in service
//	in-service, suspended, replaced → retired  two people
//	suspended, replaced, retired → in-service  two people, with the key that it had
//
// A suspended kiosk that is enrolled stays suspended; a retired one is not enrolled.
//
// Time: whether a certificate has ended is head office's clock's to say, never the kiosk's.
// A certificate of the newest key that has ended opens a connection for a renewal only,
// for a grace of days; after that a technician enrols the kiosk again.
//
// Books out of a backup may not know the newest key. A certificate of the authority that
// was issued after every one that the books know of for that kiosk can only be one that
// they have lost: its key is taken for the newest.
//
// The package signs nothing, and refuses to know brokers and connections.
package identity
