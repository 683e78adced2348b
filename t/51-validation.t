#!/usr/bin/perl

# Conditional requests: what is asked, and what a 304 does to a card.

use lib 't/lib';
use UrlMeta::Test;

my $long = 'x' x 1100;
my $page = '<!doctype html><title>page</title><p>text';
my $date = 'Sun, 06 Nov 1994 08:49:37 GMT';
my $later = 'Mon, 07 Nov 1994 08:49:37 GMT';

sub page {
    my ($title, @headers) = @_;
    return [200, ['Content-Type' => 'text/html', @headers],
            "<!doctype html><title>$title</title><p>text"];
}

my @stale = ('Cache-Control' => 'max-age=0');

# The answers to one request after another, the last again and again; then what
# each of our requests has to bring: cache status, title (or code of an error),
# If-None-Match and If-Modified-Since of the origin's last request, max-age.

my @cases = (
    ['a strong tag',
     [page('a', @stale, ETag => '"x"'), [304, [], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"x"', undef, 0],
     ['REVALIDATED', 'a', '"x"', undef, 0]],

    ['a weak tag is sent as it is',
     [page('a', @stale, ETag => 'W/"x"'), [304, [ETag => 'W/"x"'], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', 'W/"x"']],

    ['a tag without quotes',
     [page('a', @stale, ETag => 'x'), [304, [], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', 'x']],

    ['an empty tag',
     [page('a', @stale, ETag => '""'), [304, [], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '""']],

    ['a date',
     [page('a', @stale, 'Last-Modified' => $date), [304, [], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', undef, $date]],

    ['a tag and a date',
     [page('a', @stale, ETag => '"x"', 'Last-Modified' => $date),
      [304, [], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"x"', $date]],

    ['no validator',
     [page('a', @stale), page('b', @stale)],
     ['MISS', 'a'],
     ['EXPIRED', 'b', undef, undef, 0]],

    ['a page that did change',
     [page('a', @stale, ETag => '"x"'), page('b', @stale, ETag => '"y"'),
      [304, [], '']],
     ['MISS', 'a'],
     ['EXPIRED', 'b', '"x"'],
     ['REVALIDATED', 'b', '"y"']],

    ['a page that lost its tag',
     [page('a', @stale, ETag => '"x"'), page('b', @stale)],
     ['MISS', 'a'],
     ['EXPIRED', 'b', '"x"'],
     ['EXPIRED', 'b', undef]],

    ['a new lifetime',
     [page('a', @stale, ETag => '"x"'),
      [304, ['Cache-Control' => 'max-age=500'], '']],
     ['MISS', 'a', undef, undef, 0],
     ['REVALIDATED', 'a', '"x"', undef, 500],
     ['HIT', 'a', '"x"', undef, 500]],

    ['the stored lifetime from the validation on',
     [page('a', 'Cache-Control' => 'max-age=500', Age => '900',
           ETag => '"x"'),
      [304, [], '']],
     ['MISS', 'a', undef, undef, 0],
     ['REVALIDATED', 'a', '"x"', undef, 500],
     ['HIT', 'a', '"x"']],

    ['the Age of a 304',
     [page('a', 'Cache-Control' => 'max-age=500', Age => '900',
           ETag => '"x"'),
      [304, [Age => '100'], '']],
     ['MISS', 'a', undef, undef, 0],
     ['REVALIDATED', 'a', '"x"', undef, 400]],

    ['what a 304 says holds for those after it',
     [page('a', @stale, ETag => '"x"'),
      [304, ['Cache-Control' => 'max-age=500', Age => '600'], ''],
      [304, [], '']],
     ['MISS', 'a', undef, undef, 0],
     ['REVALIDATED', 'a', '"x"', undef, 0],
     ['REVALIDATED', 'a', '"x"', undef, 500]],

    ['a 304 with no-store',
     [page('a', @stale, ETag => '"x"'),
      [304, ['Cache-Control' => 'no-store'], ''], page('b', @stale)],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"x"', undef, 0],
     ['MISS', 'b', undef]],

    ['a 304 with no-cache',
     [page('a', @stale, ETag => '"x"'),
      [304, ['Cache-Control' => 'no-cache'], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"x"', undef, 0],
     ['REVALIDATED', 'a', '"x"', undef, 0]],

    ['a 304 with a body',
     [page('a', @stale, ETag => '"x"'),
      [304, ['Content-Length' => 1000, 'Content-Type' => 'text/html'], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"x"']],

    ['a 304 with the same tag, weak',
     [page('a', @stale, ETag => '"x"'), [304, [ETag => 'W/"x"'], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"x"'],
     ['REVALIDATED', 'a', 'W/"x"']],

    ['a 304 with another tag: all of it is fetched',
     [page('a', @stale, ETag => '"x"'), [304, [ETag => '"y"'], ''],
      page('b', @stale, ETag => '"y"'), [304, [], '']],
     ['MISS', 'a'],
     ['EXPIRED', 'b', undef, undef, 0, 3],
     ['REVALIDATED', 'b', '"y"']],

    ['a 304 with another date: all of it is fetched',
     [page('a', @stale, 'Last-Modified' => $date),
      [304, ['Last-Modified' => $later], ''], page('b', @stale)],
     ['MISS', 'a'],
     ['EXPIRED', 'b', undef, undef, 0, 3]],

    ['a 304 with a tag that nobody had',
     [page('a', @stale, 'Last-Modified' => $date),
      [304, [ETag => '"y"'], ''], page('b', @stale)],
     ['MISS', 'a'],
     ['EXPIRED', 'b', undef, undef, 0, 3]],

    ['a 304 with another tag, and again',
     [page('a', @stale, ETag => '"x"'), [304, [ETag => '"y"'], '']],
     ['MISS', 'a'],
     ['EXPIRED', 'protocol_error', undef, undef, undef, 3]],

    ['a 304 that nobody asked for',
     [[304, [], '']],
     ['MISS', 'protocol_error', undef]],

    ['a 304 to a page without validators',
     [page('a', @stale), [304, [], '']],
     ['MISS', 'a'],
     ['EXPIRED', 'protocol_error', undef]],

    ['a tag of more than 1 KB is not kept',
     [page('a', @stale, ETag => qq("$long")), page('b', @stale)],
     ['MISS', 'a'],
     ['EXPIRED', 'b', undef]],

    ['a tag of 900 bytes is',
     [page('a', @stale, ETag => '"' . substr($long, 0, 900) . '"'),
      [304, [], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"' . substr($long, 0, 900) . '"']],

    ['what must not be kept is not validated',
     [page('a', 'Cache-Control' => 'no-store', ETag => '"x"')],
     ['MISS', 'a'],
     ['MISS', 'a', undef]],

    ['no-cache is',
     [page('a', 'Cache-Control' => 'no-cache', ETag => '"x"'),
      [304, [], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"x"', undef, 0]],

    ['must-revalidate is',
     [page('a', 'Cache-Control' => 'max-age=0, must-revalidate',
           ETag => '"x"'), [304, [], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"x"', undef, 0]],

    ['gone is not unchanged',
     [page('a', @stale, ETag => '"x"'), [404, [], '']],
     ['MISS', 'a'],
     ['EXPIRED', 'upstream_status', '"x"'],
     ['HIT', 'upstream_status', '"x"', undef, undef, 2]],

    ['a page that breaks off has no validator',
     [[200, ['Content-Type' => 'text/html', @stale, ETag => '"x"',
             'Content-Length' => 100000], "<title>half</title><body><p>x",
       {close => 1}],
      page('b', @stale)],
     ['MISS', 'half'],
     ['EXPIRED', 'b', undef], 'o'],

    ['a page that says nothing is no more after a 304',
     [[200, ['Content-Type' => 'text/html', ETag => '"x"',
             'Cache-Control' => 'max-age=1000', Age => '2000'], ''],
      [304, [], '']],
     ['MISS', undef, undef, undef, 0],
     ['REVALIDATED', undef, '"x"', undef, 300]],

    ['revalidation is off',
     [page('a', @stale, ETag => '"x"', 'Last-Modified' => $date)],
     ['MISS', 'a'],
     ['EXPIRED', 'a', undef], 'off'],

    ['another format',
     [page('a', @stale, ETag => '"x"'), [304, [], '']],
     ['MISS', 'a'],
     ['REVALIDATED', 'a', '"x"'],
     ['REVALIDATED', 'a', '"x"'], 'html'],
);

sub at {
    my ($i, $count) = @_;
    my @answers = @{$cases[$i][1]};
    return $answers[$count > @answers ? -1 : $count - 1];
}

my $o = origin(sub {
    my ($socket, $request) = @_;
    my $path = $request->{path};

    if ($path =~ m{^/case/(\d+)$}) {
        return at($1, $request->{count});
    }

    if ($path eq '/chain') {
        return [302, [Location => '/end', ETag => '"chain"',
                      'Last-Modified' => $date, @stale], ''];
    }

    if ($path eq '/turn') {
        my $to = $request->{count} > 1 ? '/other' : '/end';
        return [302, [Location => $to, @stale], ''];
    }

    if ($path eq '/end') {
        my $tag = $request->{header}{'if-none-match'} || '';
        return $tag eq '"end"' ? [304, [], '']
             : page('end', @stale, ETag => '"end"');
    }

    if ($path eq '/other') {
        return page('other', @stale);
    }

    return [404, [], ''];
});

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;
    add_header X-Status \$urlmeta_status always;
    urlmeta_cache_bounds 0 7d;

    location /s { urlmeta \$arg_url; }
    location /o {
        urlmeta \$arg_url;
        urlmeta_cache_bounds 1s 7d;
        urlmeta_cache_use_stale off;
    }
    location /off { urlmeta \$arg_url; urlmeta_cache_revalidate off; }
    location /html { urlmeta \$arg_url; urlmeta_format html; }
EOF

sub last_request {
    my ($path) = @_;
    my @requests = $o->requests($path);
    return (scalar @requests, $requests[-1]);
}

sub show { return defined $_[0] ? $_[0] : 'none' }

for my $i (0 .. $#cases) {
    my ($name, $answers, @steps) = @{$cases[$i]};
    my $location = ref $steps[-1] ? 's' : pop @steps;
    my (@wrong, $body, $tag);
    my $number = 0;

    for (@steps) {
        my ($status, $title, $match, $since, $fresh, $count) = @$_;
        $number++;

        select undef, undef, undef, 1.1 if $location eq 'o' && $number > 1;

        my $r = $n->card($o->url("/case/$i"), location => "/$location");
        my $json = $r->json;
        my $found = $location eq 'html'
                    ? ($r->{body} =~ m{<title>(\w+)</title>})[0]
                    : $json->{code} || $json->{title};
        my ($asked, $request) = last_request("/case/$i");
        my ($left) = ($r->{header}{'cache-control'} || '') =~ /max-age=(\d+)/;

        push @wrong, "$number: status $r->{header}{'x-cache'}, not $status"
            if $r->{header}{'x-cache'} ne $status;
        push @wrong, "$number: " . show($found) . ", not $title"
            if defined $title && show($found) ne $title;
        push @wrong, "$number: If-None-Match "
                     . show($request->{header}{'if-none-match'})
            if show($request->{header}{'if-none-match'}) ne show($match);
        push @wrong, "$number: If-Modified-Since "
                     . show($request->{header}{'if-modified-since'})
            if show($request->{header}{'if-modified-since'}) ne show($since);
        push @wrong, "$number: max-age " . show($left) . ", not $fresh"
            if defined $fresh
               && (!defined $left || $left > $fresh || $left < $fresh - 5);
        push @wrong, "$number: $asked requests"
            if defined $count && $asked != $count;

        if ($status eq 'REVALIDATED' || $status eq 'HIT') {
            push @wrong, "$number: not the same bytes"
                if $r->{body} ne $body
                   || show($r->{header}{etag}) ne show($tag);
            push @wrong, "$number: \$urlmeta_status is "
                         . show($r->{header}{'x-status'})
                if $status eq 'REVALIDATED'
                   && $r->{header}{'x-status'} ne '200';
        }

        ($body, $tag) = ($r->{body}, $r->{header}{etag});
    }

    ok(!@wrong, "$i: $name") or diag("$name: ", join '; ', @wrong);
}

# only the page at the end of a chain is asked whether it changed

my $r = $n->card($o->url('/chain'), location => '/s');
is($r->json->{title}, 'end', 'a chain');
my $again = $n->card($o->url('/chain'), location => '/s');
is($again->{header}{'x-cache'}, 'REVALIDATED', 'whose page did not change');
is($again->{body}, $r->{body}, 'is the same');
my ($count, $request) = last_request('/chain');
is($count, 2, 'the redirect is asked for again');
ok(!$request->{header}{'if-none-match'}, 'without its tag')
    or diag($request->{head});
ok(!$request->{header}{'if-modified-since'}, 'and without its date');
($count, $request) = last_request('/end');
is($request->{header}{'if-none-match'}, '"end"', 'the page with its own');

$o->clear;
$n->card($o->url('/turn'), location => '/s');
$r = $n->card($o->url('/turn'), location => '/s');
is($r->json->{title}, 'other', 'a chain that leads elsewhere');
($count, $request) = last_request('/other');
ok(!$request->{header}{'if-none-match'}, 'asks nothing of another page');

# what the client sends is no condition of ours

$n->card($o->url('/end'), location => '/s', headers =>
         {'If-None-Match' => '"client"', 'If-Modified-Since' => $later});
($count, $request) = last_request('/end');
ok(!$request->{header}{'if-none-match'}
   && !$request->{header}{'if-modified-since'},
   "a client's conditions are not the origin's");

done_testing();
