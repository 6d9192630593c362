// Package fleet owns the kiosks that head office knows: their enrolment, and what each
// last said of itself.
//
// Words: an incarnation is one life of a kiosk's journal, named when it enrols; its
// serials carry it. The package refuses to give an incarnation out twice.
package fleet
