package Bitflow;

# What a task knows, for Perl: `$task->{input}{image}`, `$task->{output}{mask}`, `$task->{tag}{cell}`, `$task->{cpus}`; `%task` is the same.
# Loaded before the script (`perl -MBitflow`), so that nothing has to be written. Core modules only.

use strict;
use warnings;
use JSON::PP ();

sub import {
    my $package = caller;
    die "Bitflow: BIT_TASK, the path of the task's document, is not set\n" unless defined $ENV{BIT_TASK};
    open my $file, '<:raw', $ENV{BIT_TASK} or die "Bitflow: $ENV{BIT_TASK}: $!\n";
    local $/;
    my $text = <$file>;
    my $document = bytes_of(JSON::PP->new->utf8->decode($text));
    my %task = (%$document, %{ delete $document->{resource} });
    delete @task{qw(resource version files)};
    no strict 'refs';
    *{"${package}::task"} = \%task;
    my $reference = \%task;
    *{"${package}::task"} = \$reference;
}

# Texts as bytes, as Perl's own file names and arguments are: printed as they are, they come out as UTF-8. Truth values as 1 and 0.
sub bytes_of {
    my ($value) = @_;
    return [map { bytes_of($_) } @$value] if ref $value eq 'ARRAY';
    return { map { $_ => bytes_of($value->{$_}) } keys %$value } if ref $value eq 'HASH';
    return $value ? 1 : 0 if JSON::PP::is_bool($value);
    utf8::encode($value) if defined $value && utf8::is_utf8($value);
    return $value;
}

1;
