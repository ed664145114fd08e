module github.com/joulechain/joule/tests/h3

go 1.26

require github.com/uber/h3-go/v4 v4.1.0
