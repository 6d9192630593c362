package web

import "wattkiosk/uplink/office/people/passwd"

// Each subject of head office has its pages and its part of the JSON interface in one
// type, which says in routes what it serves. All stand in the same hall.

// booksPages are payments, postings and cases.
type booksPages struct{ *hall }

// qrPages are payments by QR code, as the acquirers have them.
type qrPages struct{ *hall }

// planPages are what two people do.
type planPages struct{ *hall }

// peoplePages are who works with head office, and technicians.
type peoplePages struct {
	*hall
	decoy                 string // a hash that no password has
	strangers, acquainted *lane  // where passwords are compared
}

// rolloutPages are bundles, groups and rollouts.
type rolloutPages struct {
	*hall
	uploads chan struct{} // places for bundles that come in
}

// overviewPages show books and fleet together.
type overviewPages struct {
	*hall
	books *booksPages
	fleet *fleetPages
	dates *datePages
}

func newPeoplePages(h *hall) (*peoplePages, error) {
	decoy, err := passwd.Decoy()
	if err != nil {
		return nil, err
	}
	return &peoplePages{h, decoy, newLane(), newLane()}, nil
}

func newRolloutPages(h *hall) *rolloutPages {
	return &rolloutPages{h, make(chan struct{}, maxUploads)}
}
