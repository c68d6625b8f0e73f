/** A call, as a link to its page: by the first eight characters of its requestID. */
import { Link } from '@tanstack/react-router';

interface CallLinkProps {
  id: string;
  /** Stands before the requestID: the function. */
  name?: string;
  /** Opens on this tab. */
  tab?: 'callback';
  /** With the whole requestID. */
  isWhole?: boolean;
}

export function CallLink({ id, name, tab, isWhole = false }: CallLinkProps) {
  return (
    <Link to="/invocations/$id" params={{ id }} search={tab && { tab }} title={isWhole ? undefined : id}>
      {name && `${name} `}
      <code>{isWhole ? id : id.slice(0, 8)}</code>
    </Link>
  );
}
