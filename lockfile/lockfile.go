// Package lockfile keeps two processes from working in one folder at once. The
// lock ends with its process, however it ends.
package lockfile

import "errors"

// ErrTaken says that another process holds the lock.
var ErrTaken = errors.New("another process holds the lock")
