// Package depot keeps update bundles on head office's disk, and hands them to
// kiosks. A bundle is one file, named by the SHA-256 of its bytes; it never
// changes, and is durable when Put returns.
//
// With root keys the depot takes only bundles whose signatures hold, as a board
// would. Without, it believes what a bundle's manifest says of itself, so that
// people see it; kiosks check every bundle themselves in any case.
//
// Kiosks fetch byte ranges over HTTP. Who they are is what their certificate says:
// the server around Handler asks for certificates of head office's authority and
// takes no others. The depot refuses files over MaxBundle, and more than MaxFiles.
package depot
