// Package people owns who may do what: the people of head office with their sessions,
// the technicians who may log in at kiosks, and the audit log of privileged acts.
//
// The audit log is a chain: each act carries the hash of the one before it. So an act that
// was changed, taken out or put between is found (VerifyAudit). Whoever may write to the
// database could write the whole chain anew: that is found only by a head that was written
// down elsewhere, which is what officed audit export and --head are for.
//
// What a person was refused is in the log as well, under the name of the act and "refused",
// up to MostRefused attempts an hour (AddRefused).
//
// A password is kept as an argon2id hash, a PIN as the hash that rosters carry; neither
// is ever returned in a page or in JSON.
package people
