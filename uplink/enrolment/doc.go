// Package enrolment is how a new board and head office prove themselves to each other when
// neither has a certificate of the other: by the one-time token alone, which a person carried
// from one to the other. The line between them need not be trusted, and no public authority.
//
// Of the token T head office keeps H = SHA-256("wattkiosk enrolment" 0 T), as it always did,
// so that tokens which were given out before are good. The board asks with
//
//	id     the first half of H, by which the token is found
//	csr    its certificate request, and the incarnation of the journal that it had
//	proof  T, sealed with AES-256-GCM under a key derived from H; the seal covers id, csr
//	       and incarnation
//
// Whoever has not the token, or H, cannot make the seal, and cannot open it: a false head office
// learns nothing that it could spend, and a changed request is refused. Whoever has read H
// out of the books cannot make it either, as T is inside. The answer carries an HMAC-SHA-256
// under another key derived from H, over the whole request and the answer: only the head
// office that gave the token can make it, for this request alone.
//
// T has 130 bits of chance, so that neither H nor what crosses the line tells it. A refusal
// has no proof: whoever sits on the line can also just cut it.
//
// A board that knows this form asks in no other: what an answer says cannot have it send a
// token in clear. Head office still answers the older form (the token in the request), over
// TLS and on its own machine only, for boards that were made before.
package enrolment
