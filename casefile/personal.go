package casefile

import (
	"slices"
	"strings"
)

// Personal says whether a column of this name would hold fields about persons,
// such as names, addresses or numbers of documents. Data with such a column is
// refused everywhere.
func Personal(column string) bool {
	return forbidden(column) == aboutPersons || slices.Contains([]string{"name", "victim name", "nationality id"}, strings.ReplaceAll(strings.ToLower(column), "_", " "))
}
