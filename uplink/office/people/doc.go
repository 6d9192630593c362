// Package people owns who may do what: the people of head office with their sessions,
// the technicians who may log in at kiosks, and the audit log of privileged acts.
//
// A password is kept as an argon2id hash, a PIN as the hash that rosters carry; neither
// is ever returned in a page or in JSON.
package people
