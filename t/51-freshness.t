#!/usr/bin/perl

# How long a card is fresh, judged from outside: a row for each thing that an
# origin can say, of RFC 9111's and of docs/caching.md's tables.
#
# A row is asked for twice.  The first answer has max-age and Age; the second
# tells by its cache status whether the card was kept, and how it was asked for.

use lib 't/lib';
use UrlMeta::Test;

# in the headers, @-100 is the date 100 seconds ago, when the origin answers

sub http_date {
    my ($time, $form) = @_;
    my @t = gmtime $time;
    my $day = (qw(Sun Mon Tue Wed Thu Fri Sat))[$t[6]];
    my $month = (qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec))[$t[4]];

    if ($form eq 'old') {
        my $long = (qw(Sunday Monday Tuesday Wednesday Thursday Friday
                       Saturday))[$t[6]];
        return sprintf '%s, %02d-%s-%02d %02d:%02d:%02d GMT', $long, $t[3],
                       $month, $t[5] % 100, @t[2, 1, 0];
    }

    if ($form eq 'c') {
        return sprintf '%s %s %2d %02d:%02d:%02d %d', $day, $month, $t[3],
                       @t[2, 1, 0], $t[5] + 1900;
    }

    return sprintf '%s, %02d %s %d %02d:%02d:%02d GMT', $day, $t[3], $month,
                   $t[5] + 1900, @t[2, 1, 0];
}

sub dated {
    my ($headers) = @_;
    my $now = time;
    my @pairs = ('Content-Type' => 'text/html');
    for (@$headers) {
        (my $value = $_) =~ s/\@(old|c|)([+-]\d+)/http_date($now + $2, $1)/ge;
        push @pairs, $value;
    }
    return \@pairs;
}

my $max = 604800;

# "s" is strict, "d" has the default bounds, "t" obeys CDN-Cache-Control, "u"
# two of them

my @rows = (

    # nothing, max-age

    ['s', 'nothing is stated', [], 3600],
    ['d', 'nothing is stated', [], 3600],
    ['s', 'max-age', ['Cache-Control' => 'max-age=100'], 100],
    ['s', 'max-age of 0', ['Cache-Control' => 'max-age=0'], 0],
    ['d', 'max-age of 0 has the lower bound',
     ['Cache-Control' => 'max-age=0'], 60],
    ['d', 'max-age under the lower bound',
     ['Cache-Control' => 'max-age=10'], 60],
    ['d', 'max-age over it', ['Cache-Control' => 'max-age=61'], 61],
    ['s', 'max-age over the upper bound',
     ['Cache-Control' => 'max-age=604801'], $max],
    ['s', 'max-age of 31 bits',
     ['Cache-Control' => 'max-age=2147483647'], $max],
    ['s', 'max-age of 32 bits',
     ['Cache-Control' => 'max-age=4294967296'], $max],
    ['s', 'max-age of 64 bits',
     ['Cache-Control' => 'max-age=18446744073709551617'], $max],
    ['s', 'max-age of 40 digits',
     ['Cache-Control' => 'max-age=' . '9' x 40], $max],
    ['s', 'max-age in capitals', ['Cache-Control' => 'MAX-AGE=100'], 100],
    ['s', 'the name of the field in small letters',
     ['cache-control' => 'max-age=100'], 100],
    ['s', 'max-age among others',
     ['Cache-Control' => 'foo, max-age=100, bar=1'], 100],
    ['s', 'max-age in the second line',
     ['Cache-Control' => 'foo', 'Cache-Control' => 'max-age=100'], 100],
    ['s', 'max-age without blanks between',
     ['Cache-Control' => 'public,max-age=100,foo'], 100],
    ['s', 'empty members', ['Cache-Control' => ', ,max-age=100,,'], 100],
    ['s', 'a tab', ['Cache-Control' => "public,\tmax-age=100"], 100],
    ['s', 'leading zeros', ['Cache-Control' => 'max-age=000100'], 100],
    ['s', 'quoted', ['Cache-Control' => 'max-age="100"'], 100],
    ['s', 'single quotes', ['Cache-Control' => "max-age='100'"], 0],
    ['s', 'negative', ['Cache-Control' => 'max-age=-100'], 0],
    ['s', 'positive sign', ['Cache-Control' => 'max-age=+100'], 0],
    ['s', 'a fraction', ['Cache-Control' => 'max-age=100.5'], 0],
    ['s', 'a letter after', ['Cache-Control' => 'max-age=100a'], 0],
    ['s', 'a letter before', ['Cache-Control' => 'max-age=a100'], 0],
    ['s', 'no value', ['Cache-Control' => 'max-age'], 0],
    ['s', 'an empty value', ['Cache-Control' => 'max-age='], 0],
    ['s', 'a blank before the value', ['Cache-Control' => 'max-age= 100'], 0],
    ['s', 'twice, the longer first',
     ['Cache-Control' => 'max-age=200, max-age=100'], 200],
    ['s', 'twice, the shorter first',
     ['Cache-Control' => 'max-age=100, max-age=200'], 100],
    ['s', 'in a string of another',
     ['Cache-Control' => 'foo="max-age=100"'], 3600],
    ['s', 'in a string before',
     ['Cache-Control' => 'foo="a, max-age=9", max-age=100'], 100],
    ['s', 'in a string after',
     ['Cache-Control' => 'max-age=100, foo="max-age=9"'], 100],
    ['s', 'an escaped quote in a string',
     ['Cache-Control' => 'foo="\\", max-age=9", max-age=100'], 100],
    ['s', 'as the end of another name',
     ['Cache-Control' => 'x-max-age=9, max-age=100'], 100],
    ['s', 'public alone states nothing', ['Cache-Control' => 'public'], 3600],
    ['s', 'immutable alone states nothing',
     ['Cache-Control' => 'immutable'], 3600],
    ['s', 'immutable', ['Cache-Control' => 'max-age=100, immutable'], 100],
    ['s', 'no-transform', ['Cache-Control' => 'max-age=100, no-transform'],
     100],
    ['s', 'an empty field', ['Cache-Control' => ''], 3600],
    ['s', 'Pragma of a response means nothing',
     ['Pragma' => 'no-cache'], 3600],
    ['s', 'Pragma beside max-age',
     ['Pragma' => 'no-cache', 'Cache-Control' => 'max-age=100'], 100],

    # s-maxage

    ['s', 's-maxage', ['Cache-Control' => 's-maxage=100'], 100],
    ['s', 's-maxage of 0', ['Cache-Control' => 's-maxage=0'], 0],
    ['s', 's-maxage is longer',
     ['Cache-Control' => 'max-age=1, s-maxage=100'], 100],
    ['s', 's-maxage is longer and first',
     ['Cache-Control' => 's-maxage=100, max-age=1'], 100],
    ['s', 's-maxage is shorter',
     ['Cache-Control' => 'max-age=900, s-maxage=100'], 100],
    ['s', 's-maxage in another line',
     ['Cache-Control' => 'max-age=900', 'Cache-Control' => 's-maxage=100'],
     100],
    ['s', 's-maxage that is none',
     ['Cache-Control' => 'max-age=900, s-maxage=x'], 0],
    ['s', 's-maxage before Expires',
     ['Cache-Control' => 's-maxage=100', Date => '@+0', Expires => '@+900'],
     100],
    ['s', 'S-MaxAge', ['Cache-Control' => 'S-MaxAge=100'], 100],

    # Expires

    ['s', 'Expires', [Date => '@+0', Expires => '@+100'], 100],
    ['s', 'Expires without Date', [Expires => '@+100'], 100],
    ['s', 'Expires now', [Date => '@+0', Expires => '@+0'], 0],
    ['s', 'Expires past', [Date => '@+0', Expires => '@-100'], 0],
    ['d', 'Expires past has the lower bound',
     [Date => '@+0', Expires => '@-100'], 60],
    ['s', 'Expires far away', [Date => '@+0', Expires => '@+99999999'], $max],
    ['s', 'Expires in 9999',
     [Date => '@+0', Expires => 'Fri, 31 Dec 9999 23:59:59 GMT'], $max],
    ['s', 'Expires after 2106',
     [Date => '@+0', Expires => 'Mon, 08 Feb 2106 06:28:16 GMT'], $max],
    ['s', 'Expires in 1970',
     [Date => '@+0', Expires => 'Thu, 01 Jan 1970 00:00:00 GMT'], 0],
    ['s', 'Expires before 1970',
     [Date => '@+0', Expires => 'Wed, 31 Dec 1969 23:59:59 GMT'], 0],
    ['s', 'Expires less an old Date',
     [Date => '@-100', Expires => '@+100'], 100, 100],
    ['s', 'Expires less a Date of tomorrow',
     [Date => '@+86400', Expires => '@+86500'], 100],
    ['s', 'Expires before a Date of tomorrow',
     [Date => '@+86400', Expires => '@+100'], 0],
    ['s', 'max-age before Expires past',
     ['Cache-Control' => 'max-age=100', Date => '@+0', Expires => '@-100'],
     100],
    ['s', 'max-age before Expires that is none',
     ['Cache-Control' => 'max-age=100', Expires => '0'], 100],
    ['s', 'max-age of 0 before Expires',
     ['Cache-Control' => 'max-age=0', Date => '@+0', Expires => '@+100'], 0],
    ['s', 'Expires: 0', [Expires => '0'], 0],
    ['s', 'Expires: -1', [Expires => '-1'], 0],
    ['s', 'Expires of seconds', [Expires => '3600'], 0],
    ['s', 'Expires that is empty', [Expires => ''], 0],
    ['s', 'Expires of words', [Expires => 'never'], 0],
    ['s', 'two Expires',
     [Date => '@+0', Expires => '@+100', Expires => '@+100'], 0],
    ['s', 'Expires as of RFC 850', [Date => '@+0', Expires => '@old+100'],
     100],
    ['s', 'Expires as of asctime()', [Date => '@+0', Expires => '@c+100'],
     100],
    ['s', 'Date as of RFC 850', [Date => '@old-100', Expires => '@+100'],
     100, 100],
    ['s', 'Date as of asctime()', [Date => '@c-100', Expires => '@+100'],
     100, 100],
    ['s', 'Expires in small letters',
     [Date => '@+0', Expires => 'fri, 31 dec 2099 23:59:59 gmt'], $max],
    ['s', 'Expires with a wrong day',
     [Date => '@+0', Expires => 'Mon, 31 Dec 2099 23:59:59 GMT'], $max],
    ['s', 'Expires in UTC',
     [Expires => 'Thu, 31 Dec 2099 23:59:59 UTC'], 0],
    ['s', 'Expires in another zone',
     [Expires => 'Thu, 31 Dec 2099 23:59:59 AEST'], 0],
    ['s', 'Expires with an offset',
     [Expires => 'Thu, 31 Dec 2099 23:59:59 +0000'], 0],
    ['s', 'Expires with dashes', [Expires => 'Thu, 31-Dec-2099 23:59:59 GMT'],
     0],
    ['s', 'Expires without a comma',
     [Expires => 'Thu 31 Dec 2099 23:59:59 GMT'], 0],
    ['s', 'Expires with points', [Expires => 'Thu, 31 Dec 2099 23.59.59 GMT'],
     0],
    ['s', 'Expires on a day that is none',
     [Expires => 'Thu, 32 Dec 2099 23:59:59 GMT'], 0],
    ['s', 'Expires at an hour that is none',
     [Expires => 'Thu, 31 Dec 2099 24:59:59 GMT'], 0],
    ['s', 'Expires at an hour of one digit',
     [Expires => 'Thu, 31 Dec 2099 3:59:59 GMT'], 0],
    ['s', 'Expires as ISO 8601', [Expires => '2099-12-31T23:59:59Z'], 0],

    # Age and Date

    ['s', 'Age', ['Cache-Control' => 'max-age=900', Age => '300'], 600, 300],
    ['s', 'Age of 0', ['Cache-Control' => 'max-age=100', Age => '0'], 100],
    ['s', 'Age over max-age',
     ['Cache-Control' => 'max-age=100', Age => '300'], 0, 300],
    ['d', 'Age over max-age has the lower bound',
     ['Cache-Control' => 'max-age=100', Age => '300'], 60, 300],
    ['s', 'Age of Expires', [Date => '@+0', Expires => '@+900', Age => '300'],
     600, 300],
    ['s', 'Age of s-maxage',
     ['Cache-Control' => 's-maxage=900', Age => '300'], 600, 300],
    ['s', 'Age of nothing counts from the arrival', [Age => '300'], 3600,
     300],
    ['s', 'an old Date is an age',
     ['Cache-Control' => 'max-age=900', Date => '@-300'], 600, 300],
    ['s', 'an old Date over max-age',
     ['Cache-Control' => 'max-age=100', Date => '@-300'], 0, 300],
    ['s', 'a Date of tomorrow is none',
     ['Cache-Control' => 'max-age=900', Date => '@+86400'], 900],
    ['s', 'a Date that is none',
     ['Cache-Control' => 'max-age=900', Date => 'today'], 900],
    ['s', 'Age over Date',
     ['Cache-Control' => 'max-age=900', Date => '@-100', Age => '300'], 600,
     300],
    ['s', 'Date over Age',
     ['Cache-Control' => 'max-age=900', Date => '@-300', Age => '100'], 600,
     300],
    ['s', 'an Age of letters',
     ['Cache-Control' => 'max-age=900', Age => 'abc'], 900],
    ['s', 'a negative Age', ['Cache-Control' => 'max-age=900', Age => '-300'],
     900],
    ['s', 'a broken Age', ['Cache-Control' => 'max-age=900', Age => '300.0'],
     900],
    ['s', 'an empty Age', ['Cache-Control' => 'max-age=900', Age => ''], 900],
    ['s', 'a list of Ages: the first',
     ['Cache-Control' => 'max-age=900', Age => '300, 0'], 600, 300],
    ['s', 'two Ages: the first',
     ['Cache-Control' => 'max-age=900', Age => '0', Age => '300'], 900],
    ['s', 'an Age with a parameter',
     ['Cache-Control' => 'max-age=900', Age => '300;foo=bar'], 600, 300],
    ['s', 'an Age of 31 bits',
     ['Cache-Control' => 'max-age=900', Age => '2147483647'], 0, 2147483647],
    ['s', 'an Age of 64 bits',
     ['Cache-Control' => 'max-age=900', Age => '18446744073709551617'], 0,
     2147483648],

    # a tenth of the time since Last-Modified

    ['s', 'heuristic', [Date => '@+0', 'Last-Modified' => '@-72000'], 7200],
    ['s', 'heuristic without Date', ['Last-Modified' => '@-72000'], 7200],
    ['d', 'heuristic under the lower bound',
     [Date => '@+0', 'Last-Modified' => '@-100'], 60],
    ['s', 'heuristic under ten seconds',
     [Date => '@+0', 'Last-Modified' => '@-5'], 0],
    ['s', 'heuristic over the upper bound',
     [Date => '@+0', 'Last-Modified' => '@-315360000'], $max],
    ['s', 'heuristic of an old Date',
     [Date => '@-1000', 'Last-Modified' => '@-73000'], 6200, 1000],
    ['s', 'heuristic and Age',
     [Date => '@+0', 'Last-Modified' => '@-72000', Age => '200'], 7000, 200],
    ['s', 'Last-Modified after Date',
     [Date => '@+0', 'Last-Modified' => '@+9000'], 0],
    ['s', 'a Last-Modified that is none', ['Last-Modified' => 'yesterday'],
     3600],
    ['s', 'max-age before Last-Modified',
     ['Cache-Control' => 'max-age=100', 'Last-Modified' => '@-72000'], 100],
    ['s', 'Expires before Last-Modified',
     [Date => '@+0', Expires => '@+100', 'Last-Modified' => '@-72000'], 100],
    ['s', 'heuristic and public',
     ['Cache-Control' => 'public', 'Last-Modified' => '@-72000'], 7200],
    ['s', 'no heuristic with must-revalidate',
     ['Cache-Control' => 'must-revalidate', 'Last-Modified' => '@-72000'], 0],
    ['s', 'heuristic: 203', [Date => '@+0', 'Last-Modified' => '@-72000'],
     7200, 0, status => 203],
    ['s', 'heuristic: 204', [Date => '@+0', 'Last-Modified' => '@-72000'],
     300, 0, status => 204],
    ['s', 'no heuristic: 201', [Date => '@+0', 'Last-Modified' => '@-72000'],
     3600, 0, status => 201],
    ['s', 'no heuristic: 202', [Date => '@+0', 'Last-Modified' => '@-72000'],
     3600, 0, status => 202],
    ['s', 'no heuristic: 299', [Date => '@+0', 'Last-Modified' => '@-72000'],
     3600, 0, status => 299],
    ['s', '299 and public',
     ['Cache-Control' => 'public', 'Last-Modified' => '@-72000'], 7200, 0,
     status => 299],
    ['s', '299 and max-age', ['Cache-Control' => 'max-age=100'], 100, 0,
     status => 299],

    # what has to be asked for again

    ['s', 'no-cache', ['Cache-Control' => 'no-cache'], 0],
    ['d', 'no-cache has the lower bound', ['Cache-Control' => 'no-cache'],
     60],
    ['s', 'no-cache and max-age',
     ['Cache-Control' => 'no-cache, max-age=100'], 0],
    ['d', 'no-cache and max-age have the lower bound',
     ['Cache-Control' => 'max-age=100, no-cache'], 60],
    ['s', 'No-Cache', ['Cache-Control' => 'No-Cache'], 0],
    ['s', 'no-cache with names',
     ['Cache-Control' => 'no-cache="Set-Cookie", max-age=100'], 0],
    ['s', 'must-revalidate', ['Cache-Control' => 'must-revalidate'], 0],
    ['d', 'must-revalidate has the lower bound',
     ['Cache-Control' => 'must-revalidate'], 60],
    ['s', 'must-revalidate and max-age',
     ['Cache-Control' => 'max-age=100, must-revalidate'], 100],
    ['s', 'proxy-revalidate', ['Cache-Control' => 'proxy-revalidate'], 0],
    ['s', 'proxy-revalidate and max-age',
     ['Cache-Control' => 'max-age=100, proxy-revalidate'], 100],

    # what must not be kept

    ['s', 'no-store', ['Cache-Control' => 'no-store'], 0, 0, kept => 0],
    ['d', 'no-store: the shield', ['Cache-Control' => 'no-store'], 60],
    ['l', 'no-store: the shield is no longer', ['Cache-Control' => 'no-store'],
     60],
    ['l', 'max-age=0 under a long lower bound',
     ['Cache-Control' => 'max-age=0'], 300],
    ['s', 'No-Store', ['Cache-Control' => 'No-Store'], 0, 0, kept => 0],
    ['s', 'no-store and max-age',
     ['Cache-Control' => 'no-store, max-age=100'], 0, 0, kept => 0],
    ['s', 'max-age and no-store',
     ['Cache-Control' => 'max-age=100', 'Cache-Control' => 'no-store'], 0, 0,
     kept => 0],
    ['s', 'no-store in a string',
     ['Cache-Control' => 'foo="no-store", max-age=100'], 100],
    ['s', 'private', ['Cache-Control' => 'private'], 0, 0, kept => 0],
    ['d', 'private: the shield',
     ['Cache-Control' => 'private, max-age=900'], 60],
    ['s', 'private and max-age',
     ['Cache-Control' => 'private, max-age=100'], 0, 0, kept => 0],
    ['s', 'private with names',
     ['Cache-Control' => 'private="X-Foo", max-age=100'], 0, 0, kept => 0],
    ['s', 'private and s-maxage',
     ['Cache-Control' => 'private, s-maxage=100'], 0, 0, kept => 0],
    ['s', 'Set-Cookie', ['Set-Cookie' => 'a=b'], 0, 0, kept => 0],
    ['d', 'Set-Cookie: the shield', ['Set-Cookie' => 'a=b'], 60],
    ['s', 'Set-Cookie and Last-Modified',
     ['Set-Cookie' => 'a=b', 'Last-Modified' => '@-72000'], 0, 0, kept => 0],
    ['s', 'Set-Cookie and max-age',
     ['Set-Cookie' => 'a=b', 'Cache-Control' => 'max-age=100'], 100],
    ['s', 'Set-Cookie and Expires',
     ['Set-Cookie' => 'a=b', Date => '@+0', Expires => '@+100'], 100],
    ['s', 'Set-Cookie and s-maxage',
     ['Set-Cookie' => 'a=b', 'Cache-Control' => 's-maxage=100'], 100],
    ['s', 'Set-Cookie and public',
     ['Set-Cookie' => 'a=b', 'Cache-Control' => 'public'], 0, 0, kept => 0],
    ['s', 'Vary: *', [Vary => '*', 'Cache-Control' => 'max-age=100'], 0, 0,
     kept => 0],
    ['d', 'Vary: *: the shield',
     [Vary => '*', 'Cache-Control' => 'max-age=900'], 60],
    ['s', 'Vary: * in a list',
     [Vary => 'Accept, *', 'Cache-Control' => 'max-age=100'], 0, 0,
     kept => 0],
    ['s', 'Vary: * in another line',
     [Vary => 'Accept', Vary => '*', 'Cache-Control' => 'max-age=100'], 0, 0,
     kept => 0],
    ['s', 'Vary with names',
     [Vary => 'Accept-Encoding, Cookie', 'Cache-Control' => 'max-age=100'],
     100],

    # RFC 9213

    ['s', 'a targeted field that nobody obeys',
     ['CDN-Cache-Control' => 'max-age=100', 'Cache-Control' => 'max-age=900'],
     900],
    ['s', 'a targeted no-store that nobody obeys',
     ['CDN-Cache-Control' => 'no-store'], 3600],
    ['s', 'Surrogate-Control', ['Surrogate-Control' => 'max-age=100'], 3600],
    ['s', 'X-Accel-Expires', ['X-Accel-Expires' => '100'], 3600],
    ['t', 'a targeted field that is obeyed',
     ['CDN-Cache-Control' => 'max-age=100', 'Cache-Control' => 'max-age=900'],
     100],
    ['t', 'before no-store',
     ['CDN-Cache-Control' => 'max-age=100', 'Cache-Control' => 'no-store'],
     100],
    ['t', 'before Expires',
     ['CDN-Cache-Control' => 'max-age=100', Date => '@+0',
      Expires => '@+900'], 100],
    ['t', 'without a lifetime it replaces Expires, too',
     ['CDN-Cache-Control' => 'foo', Date => '@+0', Expires => '@+900'], 3600],
    ['t', 'a targeted no-store',
     ['CDN-Cache-Control' => 'no-store', 'Cache-Control' => 'max-age=900'], 0,
     0, kept => 0],
    ['t', 'a targeted no-cache',
     ['CDN-Cache-Control' => 'no-cache', 'Cache-Control' => 'max-age=900'],
     0],
    ['t', 'a targeted max-age that is a string is ignored as a whole',
     ['CDN-Cache-Control' => 'max-age="100"',
      'Cache-Control' => 'max-age=900'], 900],
    ['t', 'a targeted field with a mistake is ignored as a whole',
     ['CDN-Cache-Control' => 'max-age=100, ;',
      'Cache-Control' => 'max-age=900'], 900],
    ['t', 'a targeted max-age in capitals is no key',
     ['CDN-Cache-Control' => 'MAX-AGE=100',
      'Cache-Control' => 'max-age=900'], 900],
    ['t', 'a targeted field that is empty',
     ['CDN-Cache-Control' => '', 'Cache-Control' => 'max-age=900'], 900],
    ['t', 'a targeted max-age with a parameter',
     ['CDN-Cache-Control' => 'max-age=100;foo',
      'Cache-Control' => 'max-age=900'], 100],
    ['t', 'a targeted max-age twice: the last',
     ['CDN-Cache-Control' => 'max-age=900, max-age=100'], 100],
    ['t', 'a targeted field and Age',
     ['CDN-Cache-Control' => 'max-age=900', Age => '300'], 600, 300],
    ['t', 'none there', ['Cache-Control' => 'max-age=900'], 900],
    ['u', 'two targets: the first of the list',
     ['CDN-Cache-Control' => 'max-age=200', 'Example' => 'max-age=100'], 100],
    ['u', 'two targets: the second',
     ['CDN-Cache-Control' => 'max-age=200'], 200],

    # redirects: "hops" are status and headers of what leads to the page

    ['s', '301 states nothing', ['Cache-Control' => 'max-age=7200'], 7200, 0,
     hops => [[301]]],
    ['s', '308 states nothing', ['Cache-Control' => 'max-age=7200'], 7200, 0,
     hops => [[308]]],
    ['s', '302 states nothing', ['Cache-Control' => 'max-age=7200'], 3600, 0,
     hops => [[302]]],
    ['s', '303 states nothing', ['Cache-Control' => 'max-age=7200'], 3600, 0,
     hops => [[303]]],
    ['s', '307 states nothing', ['Cache-Control' => 'max-age=7200'], 3600, 0,
     hops => [[307]]],
    ['s', '302 states nothing, the page less',
     ['Cache-Control' => 'max-age=100'], 100, 0, hops => [[302]]],
    ['s', '302 states less', ['Cache-Control' => 'max-age=900'], 100, 0,
     hops => [[302, ['Cache-Control' => 'max-age=100']]]],
    ['s', '301 states less', ['Cache-Control' => 'max-age=900'], 100, 0,
     hops => [[301, ['Cache-Control' => 'max-age=100']]]],
    ['s', '302 states more', ['Cache-Control' => 'max-age=100'], 100, 0,
     hops => [[302, ['Cache-Control' => 'max-age=900']]]],
    ['s', '302 states more than the default',
     ['Cache-Control' => 'max-age=9000'], 7200, 0,
     hops => [[302, ['Cache-Control' => 'max-age=7200']]]],
    ['s', '302 by Expires', ['Cache-Control' => 'max-age=900'], 100, 0,
     hops => [[302, [Date => '@+0', Expires => '@+100']]]],
    ['s', '302 with an Age', ['Cache-Control' => 'max-age=900'], 70, 0,
     hops => [[302, ['Cache-Control' => 'max-age=100', Age => '30']]]],
    ['s', 'the page has an Age',
     ['Cache-Control' => 'max-age=900', Age => '300'], 500, 300,
     hops => [[302, ['Cache-Control' => 'max-age=500']]]],
    ['s', '301 by Last-Modified', ['Cache-Control' => 'max-age=9000'], 7200,
     0, hops => [[301, [Date => '@+0', 'Last-Modified' => '@-72000']]]],
    ['s', '302 has no heuristic', ['Cache-Control' => 'max-age=9000'], 3600,
     0, hops => [[302, [Date => '@+0', 'Last-Modified' => '@-72000']]]],
    ['s', 'the page states nothing, 302 less', [], 100, 0,
     hops => [[302, ['Cache-Control' => 'max-age=100']]]],
    ['s', 'the page states nothing, 302 more', [], 3600, 0,
     hops => [[302, ['Cache-Control' => 'max-age=7200']]]],
    ['s', '302 no-store', ['Cache-Control' => 'max-age=900'], 0, 0,
     kept => 0, hops => [[302, ['Cache-Control' => 'no-store']]]],
    ['d', '302 no-store: the shield', ['Cache-Control' => 'max-age=900'], 60,
     0, hops => [[302, ['Cache-Control' => 'no-store']]]],
    ['s', '301 private', ['Cache-Control' => 'max-age=900'], 0, 0, kept => 0,
     hops => [[301, ['Cache-Control' => 'private']]]],
    ['s', '302 with a cookie', ['Cache-Control' => 'max-age=900'], 0, 0,
     kept => 0, hops => [[302, ['Set-Cookie' => 'a=b']]]],
    ['s', '302 with Vary: *', ['Cache-Control' => 'max-age=900'], 0, 0,
     kept => 0, hops => [[302, [Vary => '*']]]],
    ['s', '302 no-cache', ['Cache-Control' => 'max-age=900'], 0, 0,
     hops => [[302, ['Cache-Control' => 'no-cache']]]],
    ['s', '302 max-age=0', ['Cache-Control' => 'max-age=900'], 0, 0,
     hops => [[302, ['Cache-Control' => 'max-age=0']]]],
    ['d', '302 max-age=0 has the lower bound',
     ['Cache-Control' => 'max-age=900'], 60, 0,
     hops => [[302, ['Cache-Control' => 'max-age=0']]]],
    ['s', '301 and 301', ['Cache-Control' => 'max-age=7200'], 7200, 0,
     hops => [[301], [301]]],
    ['s', '301 and 302', ['Cache-Control' => 'max-age=7200'], 3600, 0,
     hops => [[301], [302]]],
    ['s', '302 and 301', ['Cache-Control' => 'max-age=7200'], 3600, 0,
     hops => [[302], [301]]],
    ['s', '302 states less, 301 nothing',
     ['Cache-Control' => 'max-age=900'], 100, 0,
     hops => [[302, ['Cache-Control' => 'max-age=100']], [301]]],
    ['s', '302 states more than the default, 301 nothing',
     ['Cache-Control' => 'max-age=9000'], 7200, 0,
     hops => [[302, ['Cache-Control' => 'max-age=7200']], [301]]],
    ['s', '302 states more than the default, 302 nothing',
     ['Cache-Control' => 'max-age=9000'], 3600, 0,
     hops => [[302, ['Cache-Control' => 'max-age=7200']], [302]]],
    ['s', 'three hops: the least',
     ['Cache-Control' => 'max-age=900'], 100, 0,
     hops => [[301, ['Cache-Control' => 'max-age=300']],
              [302, ['Cache-Control' => 'max-age=100']],
              [307, ['Cache-Control' => 'max-age=200']]]],

    # stale, RFC 5861: the second request

    ['s', 'stale-while-revalidate',
     ['Cache-Control' => 'max-age=0, stale-while-revalidate=60'], 0, 0,
     second => 'STALE'],
    ['s', 'stale-while-revalidate that is over',
     ['Cache-Control' => 'max-age=100, stale-while-revalidate=60',
      Age => '200'], 0, 200],
    ['s', 'stale-while-revalidate that is not over',
     ['Cache-Control' => 'max-age=100, stale-while-revalidate=600',
      Age => '200'], 0, 200, second => 'STALE'],
    ['s', 'stale-while-revalidate without a number',
     ['Cache-Control' => 'max-age=0, stale-while-revalidate'], 0],
    ['s', 'stale-while-revalidate of 0',
     ['Cache-Control' => 'max-age=0, stale-while-revalidate=0'], 0],
    ['s', 'stale-while-revalidate and must-revalidate',
     ['Cache-Control' =>
      'max-age=0, stale-while-revalidate=60, must-revalidate'], 0],
    ['s', 'stale-while-revalidate and proxy-revalidate',
     ['Cache-Control' =>
      'max-age=0, stale-while-revalidate=60, proxy-revalidate'], 0],
    ['s', 'stale-while-revalidate and s-maxage',
     ['Cache-Control' => 's-maxage=0, stale-while-revalidate=60'], 0],
    ['s', 'stale-while-revalidate and no-cache',
     ['Cache-Control' => 'no-cache, stale-while-revalidate=60'], 0],
    ['s', 'stale-while-revalidate and no-store',
     ['Cache-Control' => 'no-store, stale-while-revalidate=60'], 0, 0,
     kept => 0],
    ['s', 'a chain: the least of two',
     ['Cache-Control' => 'max-age=0, stale-while-revalidate=60'], 0, 0,
     hops => [[302, ['Cache-Control' => 'max-age=0, '
                     . 'stale-while-revalidate=0']]]],
    ['s', 'a chain: must-revalidate',
     ['Cache-Control' => 'max-age=0, stale-while-revalidate=60'], 0, 0,
     hops => [[302, ['Cache-Control' => 'max-age=0, must-revalidate']]]],
    ['s', 'not stated is not served', ['Cache-Control' => 'max-age=0'], 0, 0,
     fails => 502],
    ['s', 'stale-if-error',
     ['Cache-Control' => 'max-age=0, stale-if-error=60'], 0, 0,
     fails => 200],
    ['s', 'stale-if-error that is over',
     ['Cache-Control' => 'max-age=100, stale-if-error=60', Age => '200'], 0,
     200, fails => 502],
    ['s', 'stale-if-error that is not over',
     ['Cache-Control' => 'max-age=100, stale-if-error=600', Age => '200'], 0,
     200, fails => 200],
    ['s', 'stale-if-error and must-revalidate',
     ['Cache-Control' => 'max-age=0, stale-if-error=60, must-revalidate'], 0,
     0, fails => 502],
    ['s', 'stale-if-error and proxy-revalidate',
     ['Cache-Control' => 'max-age=0, stale-if-error=60, proxy-revalidate'],
     0, 0, fails => 502],
    ['s', 'stale-if-error and s-maxage',
     ['Cache-Control' => 's-maxage=0, stale-if-error=60'], 0, 0,
     fails => 502],
    ['s', 'stale-if-error and no-cache',
     ['Cache-Control' => 'no-cache, stale-if-error=60'], 0, 0, fails => 502],
    ['o', 'not stated: the directive',
     ['Cache-Control' => 'max-age=0'], 1, 0, later => 1, fails => 200],
    ['o', 'stated as 0',
     ['Cache-Control' => 'max-age=0, stale-if-error=0, '
                         . 'stale-while-revalidate=0'],
     1, 0, later => 1, fails => 502],
    ['o', 'must-revalidate', ['Cache-Control' => 'must-revalidate'],
     1, 0, later => 1, fails => 502],
    ['o', 'not stated: updating', ['Cache-Control' => 'max-age=0'], 1, 0,
     later => 1, second => 'STALE'],
    ['o', 'no-cache is not served stale', ['Cache-Control' => 'no-cache'], 1,
     0, later => 1, second => 'EXPIRED'],
    ['o', 'no-store is not served stale', ['Cache-Control' => 'no-store'], 1,
     0, later => 1, second => 'EXPIRED'],
);

sub row {
    my ($i) = @_;
    my ($location, $name, $headers, $fresh, $age, %more) = @{$rows[$i]};
    return {location => $location, name => $name, headers => $headers,
            fresh => $fresh, age => $age || 0, kept => 1, hops => [],
            status => 200, later => 0, %more};
}

my $o = origin(sub {
    my ($socket, $request) = @_;
    my ($i, $hop) = $request->{path} =~ m{^/row/(\d+)(?:/(\d+))?$}
        or return [404, 'text/plain', ''];
    my $row = row($i);

    if (defined $hop) {
        my ($status, $headers) = @{$row->{hops}[$hop]};
        my $next = $hop + 1 < @{$row->{hops}} ? '/' . ($hop + 1) : '';
        return [$status, [@{dated($headers || [])},
                          Location => "/row/$i$next"], ''];
    }

    if ($row->{fails} && $request->{count} > 1) {
        return [500, 'text/html', ''];
    }

    return [$row->{status}, dated($row->{headers}),
            "<title>row $i</title><p>text"];
});

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;
    urlmeta_cache_bounds 0 7d;

    location /s { urlmeta \$arg_url; }
    location /d { urlmeta \$arg_url; urlmeta_cache_bounds 1m 7d; }
    location /l { urlmeta \$arg_url; urlmeta_cache_bounds 5m 7d; }
    location /o { urlmeta \$arg_url; urlmeta_cache_bounds 1s 7d; }
    location /t {
        urlmeta \$arg_url;
        urlmeta_cache_targets CDN-Cache-Control;
        urlmeta_cache_key t:\$urlmeta_url;
    }
    location /u {
        urlmeta \$arg_url;
        urlmeta_cache_targets Example CDN-Cache-Control;
        urlmeta_cache_key u:\$urlmeta_url;
    }
EOF

my $client = $n->connect;

sub ask {
    my ($i) = @_;
    my $row = row($i);
    my $path = "/row/$i" . (@{$row->{hops}} ? '/0' : '');
    return $client->get("/$row->{location}?url=" . url_encode($o->url($path)));
}

my @first;

for my $i (0 .. $#rows) {
    $first[$i] = [time, ask($i), time];
}

# the second request; those with a second of freshness come later

my @second = map { row($_)->{later} ? undef : ask($_) } 0 .. $#rows;

sleep 2;

for my $i (0 .. $#rows) {
    $second[$i] ||= ask($i);
}

# a refresh in the background is waited for

my %count;

wait_for(sub {
    %count = %{$o->counts};
    return !grep { (row($_)->{second} || '') eq 'STALE'
                   && $count{"/row/$_"} < 2 } 0 .. $#rows;
});

for my $i (0 .. $#rows) {
    my $row = row($i);
    my ($before, $r, $after) = @{$first[$i]};
    my $slow = $after - $before + 2;
    my $second = $second[$i];
    my @wrong;

    my ($left) = ($r->{header}{'cache-control'} || '')
                 =~ /^public, max-age=(\d+)$/;
    my $age = $r->{header}{age};

    push @wrong, "code $r->{code}" if $r->{code} != 200;
    push @wrong, "status $r->{header}{'x-cache'}"
        if ($r->{header}{'x-cache'} || '') ne 'MISS';
    push @wrong, 'max-age ' . (defined $left ? $left : 'none')
                 . ", expected $row->{fresh}"
        if !defined $left || $left > $row->{fresh}
           || $left < $row->{fresh} - $slow;
    push @wrong, 'Age ' . (defined $age ? $age : 'none')
                 . ", expected $row->{age}"
        if !defined $age || $age < $row->{age} || $age > $row->{age} + $slow;

    my $status = $row->{second} ? $row->{second}
               : $row->{fails} ? ($row->{fails} == 200 ? 'STALE' : 'EXPIRED')
               : !$row->{kept} ? 'MISS'
               : $row->{fresh} == 0 ? 'EXPIRED' : 'HIT';
    my $code = $row->{fails} || 200;
    my $count = $status eq 'HIT' ? 1 : 2;

    push @wrong, "second: code $second->{code}, expected $code"
        if $second->{code} != $code;
    push @wrong, "second: status $second->{header}{'x-cache'}, "
                 . "expected $status"
        if $second->{header}{'x-cache'} ne $status;
    push @wrong, "the origin was asked $count{qq(/row/$i)} times, "
                 . "expected $count"
        if $count{"/row/$i"} != $count;

    ok(!@wrong, "$i: $row->{name} ($row->{location})")
        or diag("$row->{name}: ", join '; ', @wrong);
}

done_testing();
