import { EventEmitter } from 'node:events';

export interface Comment {
  type: 'comment';
  documentId: string;
  author: string;
  text: string;
}

interface Announcement {
  type: 'announcement';
  text: string;
}

interface Document {
  id: string;
  title: string;
  comments: number;
}

interface Events {
  comment: [comment: Comment];
  announcement: [announcement: Announcement];
}

/** The documents of a team, and what happens to them. There is one for as long as the service lives. */
export class Documents extends EventEmitter<Events> {
  private readonly byId = new Map<string, Document>();

  constructor(titles: string[]) {
    super();
    // Everybody who is online listens here. It also silences the only warning that Node would give.
    this.setMaxListeners(0);
    for (const title of titles) {
      const id = title.toLowerCase().replaceAll(' ', '-');
      this.byId.set(id, { id, title, comments: 0 });
    }
  }

  find(id: string): Document | undefined {
    return this.byId.get(id);
  }

  /** Notifies all listeners; false when there is no such document. */
  comment(comment: Comment): boolean {
    const document = this.byId.get(comment.documentId);
    if (document === undefined) return false;
    document.comments++;
    this.emit('comment', comment);
    return true;
  }

  /** A word to all who are online, such as that the service is about to restart. */
  announce(text: string): void {
    this.emit('announcement', { type: 'announcement', text });
  }
}
